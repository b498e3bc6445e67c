import { beforeEach, describe, expect, it } from 'vitest'
import { linkerId } from '../../src/model/connection.ts'
import { type Loop, loop } from '../../src/model/loop.ts'
import {
  cluster,
  everything,
  keyOfLinker,
  linkerPath,
  subscription,
  type TestServices,
  target,
  testServices,
} from '../functions/test-services.ts'
import { aConnection } from '../model/a-connection.ts'
import { aRecord } from '../model/a-record.ts'
import { type Machine, sc } from './against-the-app.ts'

let given: TestServices
const photos: Loop<'connection'> = { kind: 'connection', key: keyOfLinker('photos'), id: linkerPath('photos') }
const identity = loop('identity', '/subscriptions/s/resourceGroups/g/providers/i/one')

beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
  await run(['connect', 'photos', 'storage-blob:data/stdata?namespace=shop', '--no-wait'])
  const tracked = [
    { object: { kind: 'Secret', id: 's', summary: 'Secret sc-photos-secret' }, ownership: 'ours', since: 0 },
    { object: { kind: 'Secret', id: 't', summary: 'Secret of others' }, ownership: 'adopted', since: 0 },
  ] as const
  await given.store.record(photos, { step: 'write-resources', tracked: [] }, { ...aRecord({}), tracked })
})
const run = (args: readonly string[], machine: Machine = {}) =>
  sc(given, args, { ...machine, env: { SC_CLUSTER: `${subscription}/rg/aks`, ...machine.env } })
const forget = async (of: Loop): Promise<void> => {
  const row = (await given.store.read(of))?.row
  if (row) await given.store.forget(row)
}
const stored = async () => (await given.store.read(photos))?.row

describe('sc uninstall', () => {
  it('lists in the order in which it is safe, and removes nothing without --yes', async () => {
    for (const args of [['uninstall'], ['uninstall', '--dry-run']]) {
      const { exit, said } = await run(args)
      expect(exit).toBe(0)
      expect(said).toMatch(
        /1\. 1 connections[\s\S]+photos[\s\S]+2\. 1 policies: all[\s\S]+3\. 1 objects[\s\S]+Secret sc-photos-secret[\s\S]+What stays[\s\S]+Secret of others/,
      )
    }
    expect(await stored()).toMatchObject({ removing: false })
    expect(await given.store.policies()).toHaveLength(1)
    expect((await run(['uninstall', '--yes', '--dry-run'])).exit).toBe(2)
  })

  it('removes connections first, policies when these are gone, and waits for the objects', async () => {
    await given.store.touch(identity, 'wake', { make: true })
    await given.store.record(
      identity,
      { step: 'assign-roles', tracked: [] },
      {
        ...aRecord({}),
        tracked: [{ object: { kind: 'role', id: 'r', summary: 'role' }, ownership: 'ours', since: 0 }],
      },
    )
    const seen: string[] = []
    const meanwhile = async (): Promise<void> => {
      const policies = (await given.store.policies()).length
      seen.push(`${(await stored())?.removing ?? 'gone'} ${policies}`)
      if (await stored()) await forget(photos)
      else await forget(identity)
    }
    const { exit, said, noted } = await run(['uninstall', '--yes'], { meanwhile })
    expect(seen).toEqual(['true 1', 'gone 0'])
    expect([exit, said]).toEqual([0, expect.stringContaining('Nothing stays but the app itself')])
    expect(noted).toContain('waiting for 1 objects: role')
  })

  it('keeps the policies where a connection could not be removed, and says so', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, callers: ['99999999-1111-4111-8111-111111111111'] } })
    const { exit, said } = await run(['uninstall', '--yes'])
    expect([exit, said]).toEqual([6, expect.stringContaining('photos of aks was not removed')])
    expect(await given.store.policies()).toHaveLength(1)
    expect(await stored()).toMatchObject({ removing: false })
  })

  it('leaves what tags declare to the end of the policies, and says so; ends when the time is up', async () => {
    await forget(photos)
    const spec = aConnection({
      name: 'tagged',
      origin: 'tag',
      cluster: loop('cluster', cluster),
      target: loop('target', target),
      key: keyOfLinker('tagged'),
    })
    await given.store.desire(spec, () => true)
    await given.store.record(
      { kind: 'connection', key: spec.key, id: linkerId(cluster, 'tagged') },
      { step: 'write-resources', tracked: [] },
      {
        ...aRecord({}),
        tracked: [{ object: { kind: 'Secret', id: 's', summary: 'Secret sc-tagged-secret' }, ownership: 'ours', since: 0 }],
      },
    )
    expect((await run(['uninstall'])).said).toContain('declared by tag')
    const { exit, noted } = await run(['uninstall', '--yes', '--timeout', '60'])
    expect([exit, noted]).toEqual([7, expect.stringContaining('Secret sc-tagged-secret')])
    expect(await given.store.policies()).toHaveLength(0)
  })
})
