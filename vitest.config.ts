import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**'],
    globalSetup: ['test/setup.ts'],
    pool: 'forks',
    // Stories run in virtual time but over real sockets, so their order can differ from run to run. CI tells apart what fails always from what
    // failed once (the report names both); on a developer's machine nothing is tried twice.
    retry: process.env['CI'] ? 1 : 0,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
})
