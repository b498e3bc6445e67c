import { describe, expect, it } from 'vitest'
import { identityMarks } from '../../src/domain/names.ts'
import { keepSecret } from '../../src/steps/keep-secret.ts'
import { attempted, connection, fakeVault, first, following, held, loopOf, now, portsOf, rules, viewOf } from './builders.ts'

const id = 'https://keys.vault.azure.net/secrets/sc-test-data'
const self = connection({ auth: 'service-principal', secret: { id, version: 'v1' } })
const mine = loopOf(self)
const view = (given: Partial<Parameters<typeof viewOf<'connection'>>[1]> = {}) =>
  viewOf(mine, { self, facts: { consent: 'granted' }, ...given })
const thing = first(keepSecret.wanted(view()).things)
const ledger = { 'keep-secret': [held(thing)] }
const vaultWith = (tags = identityMarks(rules.installation, mine.key)) => {
  const vault = fakeVault()
  vault.secrets.set(id, { tags, versions: { v1: 'hunter2' } })
  return vault
}

describe('keep-secret', () => {
  it('finds what the door has put into the vault, holds it as ours, and never reads its value', async () => {
    const vault = vaultWith()
    const run = await attempted(keepSecret, view(), portsOf({ vault }))
    expect(run.held.map((row) => row.hold)).toEqual(['ours'])
    expect(run.facts).toEqual({ keptSecret: 'v1' })
    expect(vault.calls).toEqual([])
    expect(run.changed).toEqual([])
  })

  it('wants none where none was given, and waits for consent', () => {
    expect(keepSecret.wanted(viewOf(mine, { self: connection(), facts: { consent: 'granted' } })).things).toEqual([])
    for (const consent of [undefined, 'withdrawn', 'refused'] as const)
      expect(keepSecret.wanted(view({ facts: consent ? { consent } : {} })).things).toEqual([])
    expect(keepSecret.wanted(view({ facts: { consent: 'withdrawn' } })).later).toEqual([thing])
  })

  it('recovers what somebody deleted', async () => {
    const vault = vaultWith()
    await vault.delete(id)
    const run = await attempted(keepSecret, view({ held: ledger }), portsOf({ vault }))
    expect(vault.calls).toEqual(['delete', 'recover'])
    expect(run.facts).toEqual({ keptSecret: 'v1' })
  })

  it('asks its author for it again where it is gone for good', async () => {
    const run = await attempted(keepSecret, view({ held: ledger }), portsOf())
    expect(run.failure?.fields).toMatchObject({ class: 'person', code: 'SecretGone' })
    expect(run.facts).toEqual({ keptSecret: undefined })
  })

  it('tells when another version was given than is there', async () => {
    const newer = { ...self, secret: { id, version: 'v2' } }
    const run = await attempted(keepSecret, view({ self: newer, held: ledger }), portsOf({ vault: vaultWith() }))
    expect(run.facts).toEqual({ keptSecret: undefined })
  })

  it('deletes it with the connection, and when the connection wants none any more', async () => {
    for (const gone of [{ removing: true }, { self: connection() }]) {
      const vault = vaultWith()
      const run = await attempted(keepSecret, view({ held: ledger, ...gone }), portsOf({ vault }))
      expect(vault.calls).toEqual(['delete'])
      expect(run.held).toEqual([])
    }
  })

  it('leaves alone what is not ours', async () => {
    const vault = vaultWith({ team: 'other' })
    const before = view({ now })
    const run = await attempted(keepSecret, before, portsOf({ vault }))
    expect(run.held.map((row) => row.hold)).toEqual(['adopted'])
    await attempted(keepSecret, following(keepSecret, before, run, { removing: true }), portsOf({ vault }))
    expect(vault.calls).toEqual([])
  })
})
