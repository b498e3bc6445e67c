import { defineConfig } from 'vitest/config'
import { Retries } from './test/retries.ts'

/** So many tests of a run may pass on the second try. */
const mostRetries = 5

/** Rules, adapters and steps, each against fakes or data: no bundle, no host, no process of its own. */
const unit = [
  'cli',
  'docs',
  'contract',
  'databases',
  'declare',
  'engine',
  'errors',
  'functions',
  'infra',
  'linker',
  'model',
  'oracles',
  'plan',
  'ports',
  'preflight',
  'steps',
  'store',
  'sweep',
  'targets',
].map((folder) => `test/${folder}/**/*.test.ts`)

/** Wait for real time more than they work, so several run at once, each in a process of its own. */
const waiting = [
  'test/crash/sample.test.ts',
  'test/local/azure.test.ts',
  'test/local/demo.test.ts',
  'test/local/kill.test.ts',
  'test/local/start.test.ts',
  'test/local/host/crash.test.ts',
  'test/local/host/transcripts.test.ts',
]
/** Microsoft's library keeps the first endpoint of a managed identity that a process met, so this file has a process of its own. */
const apart = ['test/local/cloud/entra/managed-identity.test.ts']

export default defineConfig({
  test: {
    // Stories run in virtual time but over real sockets, so their order can differ from run to run. CI tells apart what fails always from what
    // failed once (the report names both); on a developer's machine nothing is tried twice.
    retry: process.env['CI'] ? 1 : 0,
    reporters: ['default', new Retries(mostRetries)],
    // Vitest leaves one core free by itself; a story waits for sockets half of its time.
    maxWorkers: '100%',
    testTimeout: 90_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: unit, pool: 'threads', isolate: false } },
      {
        extends: true,
        test: {
          name: 'stories',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/real-databases/**', ...unit, ...waiting, ...apart],
          globalSetup: ['test/setup.ts'],
          pool: 'forks',
          // What a process has loaded and compiled serves its next story, too: a quarter of the time.
          isolate: false,
          // What a story makes dies young: room for it is collected less often.
          execArgv: ['--max-semi-space-size=64'],
        },
      },
      {
        extends: true,
        test: {
          name: 'waiting',
          include: waiting,
          globalSetup: ['test/setup.ts'],
          pool: 'forks',
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'apart', include: apart, pool: 'forks' } },
    ],
  },
})
