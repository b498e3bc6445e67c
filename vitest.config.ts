import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**'],
    globalSetup: ['test/setup.ts'],
    pool: 'forks',
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
})
