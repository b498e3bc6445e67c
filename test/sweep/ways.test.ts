import { expect, it } from 'vitest'
import type { Policy } from '../../src/model/policy.ts'
import { notCommanded, waysTo } from '../../src/sweep/ways.ts'
import { memoryStore } from '../functions/memory-table.ts'
import { installation } from '../functions/test-services.ts'
import { aConnection } from '../model/a-connection.ts'
import { clusterOf } from './worlds/sandbox.ts'

const cluster = clusterOf('one')
const hour = 60 * 60_000
const policy = (name: string, transports: Policy['allow']['transports'], clusters = ['*/shop/one']): Policy => ({
  name,
  allow: { clusters, targets: [], namespaces: [], auth: [], ...(transports ? { transports } : {}) },
})
const found = (apiServer: 'private' | undefined, transport: 'direct' | 'run-command') => ({
  members: [{ ...aConnection({ cluster, transport }), generation: 1 }],
  facts: apiServer ? { apiServer } : {},
  tracked: new Set<string>(),
})

it('sends a command only where a policy lists that for the cluster, and its API server is not public', async () => {
  const store = memoryStore(installation, () => 0)
  const ways = (...of: Parameters<typeof found>) => waysTo(cluster, found(...of), store)
  await store.putPolicy(policy('plain', undefined))
  await store.putPolicy(policy('elsewhere', ['run-command'], ['*/shop/two']))
  expect(await ways('private', 'run-command')).toEqual(['direct'])
  await store.putPolicy(policy('here', ['direct', 'run-command']))
  expect(await ways('private', 'run-command')).toEqual(['run-command'])
  expect(await ways('private', 'direct')).toEqual(['direct', 'run-command'])
  expect(await ways(undefined, 'run-command')).toEqual(['direct'])
})

it('sends one at most every six hours, whatever asks for it, and none into a cluster that is being updated', async () => {
  let now = 100 * hour
  const store = memoryStore(installation, () => now)
  const asked = async (look: 'everything' | 'evidence', busy = false) =>
    (await notCommanded(cluster, { busy, state: 'Updating' }, look, { store, now: () => now }))?.skipped.code
  expect(await asked('evidence')).toBe('CommandNotDue')
  expect(await asked('everything', true)).toBe('ClusterBusy')
  expect(await asked('everything')).toBeUndefined()
  for (const hours of [0, 1, 4]) {
    now += hours * hour
    expect(await asked('everything')).toBe('CommandNotDue')
  }
  now += hour
  expect(await asked('everything')).toBeUndefined()
})
