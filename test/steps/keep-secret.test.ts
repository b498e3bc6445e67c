import { describe, expect, it } from 'vitest'
import { identityMarks } from '../../src/domain/names.ts'
import type { OutcomeKind, StepRow } from '../../src/domain/outcome.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { finish } from '../../src/steps/findings.ts'
import { keepSecret } from '../../src/steps/keep-secret.ts'
import { anOutcome, aStepRow } from '../domain/a-record.ts'
import { attempted, connection, fakeVault, first, following, held, loopOf, now, portsOf, refusal, rules, viewOf } from './builders.ts'

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

  describe('while the Key Vault does not let it look, and it shall go', () => {
    const line = 'az keyvault secret delete --vault-name keys --name sc-test-data'
    const removing = (given: Parameters<typeof view>[0] = {}) => view({ held: ledger, removing: true, ...given })
    const refusing = (refused: Failure) => portsOf({ vault: { ...vaultWith(), look: () => Promise.reject(refused) } })
    const silent = refusing(refusal({ class: 'transient', code: 'NoAnswer' }))
    const stepRow = (step: string, { kind, ...more }: Partial<StepRow> & { readonly kind: OutcomeKind }): StepRow =>
      aStepRow(step, { outcome: anOutcome({ kind }), since: now, ranAt: now, generation: 1, ...more })
    const failing = (since: number) => stepRow('keep-secret', { kind: 'failed', since, attempts: 9 })
    const half = 30 * 60_000
    const holds = (run: Awaited<ReturnType<typeof attempted>>) => run.held.map(({ hold }) => hold)

    it.each(['permission', 'person'] as const)('is left behind at once where the class is %s, with the line for a person', async (kind) => {
      const run = await attempted(keepSecret, removing(), refusing(refusal({ class: kind, code: 'VaultRefused' })))
      expect(holds(run)).toEqual(['left-behind'])
      expect(run.owes).toEqual([])
      expect(finish(run, undefined, now).outcome.problems).toMatchObject([{ code: 'VaultRefused', commands: { cli: line } }])
    })

    it('is owed and tried again for half an hour where there is no answer', async () => {
      for (const before of [undefined, failing(now - half + 1)]) {
        const run = await attempted(keepSecret, removing(), silent, before ? { before } : {})
        expect(holds(run)).toEqual(['ours'])
        expect(run.owes).toHaveLength(1)
        const { outcome, lookAt } = finish(run, before, now)
        expect(outcome.kind).toBe('failed')
        expect(lookAt).toBeLessThan(now + 6 * 60_000)
      }
    })

    it('is left behind after that, said, and looked for ever more seldom', async () => {
      const run = await attempted(keepSecret, removing(), silent, { before: failing(now - half) })
      expect(holds(run)).toEqual(['left-behind'])
      expect(run.owes).toEqual([])
      const row = finish(run, failing(now - half), now)
      expect(row.outcome).toMatchObject({ kind: 'unseen', problems: [{ code: 'NoAnswer', commands: { cli: line } }] })
      expect(row.lookAt).toBe(now + 2 * half)
    })

    it('counts from when it was asked to go', async () => {
      const run = await attempted(keepSecret, removing({ desiredAt: now - 1 }), silent, { before: failing(now - 9 * half) })
      expect(holds(run)).toEqual(['ours'])
    })

    it('stays left behind until there is an answer, and goes then', async () => {
      const left = removing({ held: { 'keep-secret': [held(thing, 'left-behind')] } })
      const before = stepRow('keep-secret', { kind: 'unseen', since: now - 1 })
      expect(holds(await attempted(keepSecret, left, silent, { before }))).toEqual(['left-behind'])
      const vault = vaultWith()
      expect(holds(await attempted(keepSecret, left, portsOf({ vault }), { before }))).toEqual([])
      expect(vault.calls).toEqual(['delete'])
    })

    it('is waited for as long as it takes where it is wanted', async () => {
      const run = await attempted(keepSecret, view({ held: ledger }), silent, { before: failing(now - 9 * half) })
      expect(holds(run)).toEqual(['ours'])
      expect(run.failure?.fields.code).toBe('NoAnswer')
    })

    it('is left behind where looking works and deleting never does', async () => {
      const vault = { ...vaultWith(), delete: () => Promise.reject(refusal({ class: 'transient', code: 'ServerError' })) }
      expect(holds(await attempted(keepSecret, removing(), portsOf({ vault }), { before: failing(now - 1) }))).toEqual(['ours'])
      const run = await attempted(keepSecret, removing(), portsOf({ vault }), { before: failing(now - half) })
      expect(holds(run)).toEqual(['left-behind'])
      expect(run.commands?.cli).toBe(line)
    })
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
