// What the ledgers hold, page by page, whatever the pages' size.
import { expect, it } from 'vitest'
import { keyOf, type Loop, loop } from '../../src/model/loop.ts'
import type { LedgerEntry } from '../../src/model/managed-object.ts'
import type { StepName } from '../../src/model/step-name.ts'
import { aRecord } from '../model/a-record.ts'
import { app, cluster, request, testServices } from './test-services.ts'

const entry = (id: string, more: Partial<LedgerEntry> = {}, object: object = {}): LedgerEntry => ({
  object: { kind: 'thing', id, summary: id, ...object },
  ownership: 'ours',
  since: 0,
  ...more,
})

it('lists what was made in the order in which it is safe to go, on pages of any size, and says what stays', async () => {
  const given = testServices()
  const record = async (of: Loop, step: StepName, ...tracked: readonly LedgerEntry[]): Promise<void> => {
    await given.store.touch(of, 'wake', { make: true })
    await given.store.record(of, { step, tracked: [] }, { ...aRecord({}), tracked })
  }
  const identities = ['one', 'two', 'three'].map((name) => loop('identity', `/subscriptions/s/resourceGroups/g/providers/i/${name}`))
  for (const [at, one] of identities.entries()) {
    await record(one, 'ensure-identity', entry(`identity ${at}`, {}, at === 0 ? { retain: true } : {}))
    await record(one, 'assign-roles', entry(`role ${at}`, at === 1 ? { keptFor: [keyOf('x')] } : at === 2 ? { ownership: 'orphaned' } : {}))
  }
  await record(
    loop('cluster', cluster),
    'enable-features',
    entry('feature', {}, { retain: true }),
    entry('row', {}, { kind: 'membership' }),
  )

  const pages = async (top: number) => {
    const all: Record<string, string>[] = []
    for (let next: string | undefined = `/inventory?top=${top}`; next !== undefined; ) {
      const answer = (await app(() => given.services)(request('GET', next), given.context)) as { readonly body?: string }
      const page = JSON.parse(answer.body ?? '{}') as { readonly value: Record<string, string>[]; readonly nextLink?: string }
      all.push(...page.value)
      next = page.nextLink?.replace('https://connector.example', '')
    }
    return all
  }
  const all = await pages(1000)
  const names = all.map(({ object }) => object)
  expect([...names].sort()).toEqual(['feature', 'identity 0', 'identity 1', 'identity 2', 'role 0', 'role 1', 'role 2'])
  for (const at of [0, 1, 2]) expect(names.indexOf(`role ${at}`)).toBeLessThan(names.indexOf(`identity ${at}`))
  expect(names.at(-1)).toBe('feature')
  const staying = Object.fromEntries(all.flatMap(({ object = '', stays }) => (stays ? [[object, stays]] : [])))
  expect(Object.keys(staying).sort()).toEqual(['feature', 'identity 0', 'role 1', 'role 2'])
  expect(staying['role 1']).toContain('onDelete')
  for (const top of [1, 2, 3]) expect(await pages(top)).toEqual(all)
})

it.each(['/inventory?top=0', '/inventory?after=x', '/inventory?what=x'])('refuses %s', async (path) => {
  const given = testServices()
  expect(await app(() => given.services)(request('GET', path), given.context)).toMatchObject({ status: 400 })
})
