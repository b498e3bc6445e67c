// The host's process is killed with SIGKILL in the middle of a connect and of a disconnect, and comes back: the work is done once.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AzuriteHandle, startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import type { WorldState } from '../../src/local/cloud/world.ts'
import { type CrashRun, crashRun } from './crash-run.ts'

let azurite: AzuriteHandle
beforeAll(async () => {
  azurite = await startAzurite({ accounts: 200 })
})
afterAll(() => azurite.close())

/** Writes that made something which was not there: a second one would mean that something was made twice. */
const made = ({ calls }: CrashRun): readonly string[] =>
  calls
    .filter(({ method, status }) => status === 201 && (method === 'PUT' || method === 'PATCH'))
    .map(({ path }) => path.split('?')[0] ?? '')

const table = ({ tables }: WorldState, name: string): readonly unknown[] => (tables[name] ?? []).map(([, row]) => row)
const ofUs = (world: WorldState) => ({
  identities: table(world, 'resources').filter((row) => (row as { name: string }).name.startsWith('sc-')).length,
  credentials: table(world, 'federated-credentials').length,
  roles: table(world, 'role-assignments').filter((row) =>
    (row as { description?: string }).description?.startsWith('aks-service-connector '),
  ).length,
})

describe('a host that is killed', () => {
  it.each([4, 12, 30])(
    'after %i commits of a connect comes back and completes it once',
    async (killAfterCommits) => {
      const run = await crashRun({ azurite: azurite.address, killAfterCommits })
      expect(run.killed).toBe(true)
      expect(run.ended).toBe('Succeeded')
      expect(made(run)).toEqual([...new Set(made(run))])
      expect(made(run).filter((path) => /userAssignedIdentities\/[^/]+$/.test(path))).toHaveLength(1)
      expect(ofUs(run.world)).toEqual({ identities: 1, credentials: 1, roles: 1 })
      const held = run.rows.filter(({ RowKey }) => String(RowKey).startsWith('held:') && !String(RowKey).includes('enable-features'))
      expect(held.length).toBeGreaterThanOrEqual(8)
      expect(held.filter(({ hold }) => hold !== 'ours')).toEqual([])
      expect(run.violations).toEqual([])
    },
    150_000,
  )

  it('in the middle of a disconnect comes back and leaves nothing', async () => {
    const run = await crashRun({ azurite: azurite.address, killAfterCommits: 12, during: 'disconnect' })
    expect(run.killed).toBe(true)
    expect(run.ended).toBe('gone')
    expect(ofUs(run.world)).toEqual({ identities: 0, credentials: 0, roles: 0 })
    expect(run.violations).toEqual([])
  }, 150_000)
})
