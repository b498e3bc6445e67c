import { defineConfig } from 'vitest/config'

// What needs real servers of databases (`npm run test:databases`): what the users that the app makes can do, and what they
// cannot; and what clients of caches do with the values of connections.
export default defineConfig({
  test: {
    include: ['test/real-databases/**/*.test.ts'],
    globalSetup: ['test/real-databases/setup.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
