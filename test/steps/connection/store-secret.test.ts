import { describe, expect, it } from 'vitest'
import { finish } from '../../../src/engine/attempt-result.ts'
import type { Failure } from '../../../src/errors/failure.ts'
import { identityMarks } from '../../../src/model/names.ts'
import type { OutcomeKind, StepRow } from '../../../src/model/outcome.ts'
import type { StepName } from '../../../src/model/step-name.ts'
import { storeSecret } from '../../../src/steps/connection/store-secret.ts'
import { anOutcome, aStepRow } from '../../model/a-record.ts'
import {
  attempted,
  connection,
  fakeVault,
  first,
  following,
  installation,
  loopOf,
  now,
  portsOf,
  refusal,
  tracked,
  viewOf,
} from '../builders.ts'

const id = 'https://keys.vault.azure.net/secrets/sc-test-data'
const self = connection({ auth: 'service-principal', secret: { id, version: 'v1' } })
const mine = loopOf(self)
const view = (given: Partial<Parameters<typeof viewOf<'connection'>>[1]> = {}) =>
  viewOf(mine, { self, facts: { consent: 'granted' }, ...given })
const object = first(storeSecret.desired(view()).objects)
const ledger = { 'store-secret': [tracked(object)] }
const vaultWith = (tags = identityMarks(installation.name, mine.key)) => {
  const vault = fakeVault()
  vault.secrets.set(id, { tags, versions: { v1: 'hunter2' } })
  return vault
}

describe('store-secret', () => {
  it('finds what the handler put into the vault, tracks it as owned, and never reads its value', async () => {
    const vault = vaultWith()
    const run = await attempted(storeSecret, view(), portsOf({ vault }))
    expect(run.tracked.map((row) => row.ownership)).toEqual(['ours'])
    expect(run.facts).toEqual({ storedSecret: 'v1' })
    expect(vault.calls).toEqual([])
    expect(run.changed).toEqual([])
  })

  it('wants none where none was given, and waits for consent', () => {
    expect(storeSecret.desired(viewOf(mine, { self: connection(), facts: { consent: 'granted' } })).objects).toEqual([])
    for (const consent of [undefined, 'withdrawn', 'refused'] as const)
      expect(storeSecret.desired(view({ facts: consent ? { consent } : {} })).objects).toEqual([])
    expect(storeSecret.desired(view({ facts: { consent: 'withdrawn' } })).later).toEqual([object])
  })

  it('recovers what was deleted', async () => {
    const vault = vaultWith()
    await vault.delete(id)
    const run = await attempted(storeSecret, view({ tracked: ledger }), portsOf({ vault }))
    expect(vault.calls).toEqual(['delete', 'recover'])
    expect(run.facts).toEqual({ storedSecret: 'v1' })
  })

  it('asks its author for it again where it is gone for good', async () => {
    const run = await attempted(storeSecret, view({ tracked: ledger }), portsOf())
    expect(run.failure?.fields).toMatchObject({ class: 'manual', code: 'SecretGone' })
    expect(run.facts).toEqual({ storedSecret: undefined })
  })

  it('tells when another version was given than is there', async () => {
    const newer = { ...self, secret: { id, version: 'v2' } }
    const run = await attempted(storeSecret, view({ self: newer, tracked: ledger }), portsOf({ vault: vaultWith() }))
    expect(run.facts).toEqual({ storedSecret: undefined })
  })

  it('deletes it with the connection, and when the connection wants none any more', async () => {
    for (const gone of [{ removing: true }, { self: connection() }]) {
      const vault = vaultWith()
      const run = await attempted(storeSecret, view({ tracked: ledger, ...gone }), portsOf({ vault }))
      expect(vault.calls).toEqual(['delete'])
      expect(run.tracked).toEqual([])
    }
  })

  describe('while the Key Vault cannot be read, and it must go', () => {
    const line = 'az keyvault secret delete --vault-name keys --name sc-test-data'
    const removing = (given: Parameters<typeof view>[0] = {}) => view({ tracked: ledger, removing: true, ...given })
    const refusing = (refused: Failure) => portsOf({ vault: { ...vaultWith(), metadata: () => Promise.reject(refused) } })
    const silent = refusing(refusal({ class: 'transient', code: 'NoAnswer' }))
    const stepRow = (step: StepName, { kind, ...more }: Partial<StepRow> & { readonly kind: OutcomeKind }): StepRow =>
      aStepRow(step, { outcome: anOutcome({ kind }), since: now, ranAt: now, generation: 1, ...more })
    const failing = (since: number) => stepRow('store-secret', { kind: 'failed', since, attempts: 9 })
    const half = 30 * 60_000
    const holds = (run: Awaited<ReturnType<typeof attempted>>) => run.tracked.map(({ ownership }) => ownership)

    it.each(['permission', 'manual'] as const)('is orphaned at once where the class is %s, with the line for a person', async (kind) => {
      const run = await attempted(storeSecret, removing(), refusing(refusal({ class: kind, code: 'VaultRefused' })))
      expect(holds(run)).toEqual(['orphaned'])
      expect(run.pendingDeletes).toEqual([])
      expect(finish(run, undefined, now).outcome.problems).toMatchObject([{ code: 'VaultRefused', commands: { cli: line } }])
    })

    it('is pending and tried again for half an hour where there is no answer', async () => {
      for (const before of [undefined, failing(now - half + 1)]) {
        const run = await attempted(storeSecret, removing(), silent, before ? { before } : {})
        expect(holds(run)).toEqual(['ours'])
        expect(run.pendingDeletes).toHaveLength(1)
        const { outcome, nextRunAt } = finish(run, before, now)
        expect(outcome.kind).toBe('failed')
        expect(nextRunAt).toBeLessThan(now + 6 * 60_000)
      }
    })

    it('is orphaned after that, said, and read less and less often', async () => {
      const run = await attempted(storeSecret, removing(), silent, { before: failing(now - half) })
      expect(holds(run)).toEqual(['orphaned'])
      expect(run.pendingDeletes).toEqual([])
      const row = finish(run, failing(now - half), now)
      expect(row.outcome).toMatchObject({ kind: 'unknown', problems: [{ code: 'NoAnswer', commands: { cli: line } }] })
      expect(row.nextRunAt).toBe(now + 2 * half)
    })

    it('counts from when it was asked to go', async () => {
      const run = await attempted(storeSecret, removing({ desiredAt: now - 1 }), silent, { before: failing(now - 9 * half) })
      expect(holds(run)).toEqual(['ours'])
    })

    it('stays orphaned until there is an answer, and goes then', async () => {
      const left = removing({ tracked: { 'store-secret': [tracked(object, 'orphaned')] } })
      const before = stepRow('store-secret', { kind: 'unknown', since: now - 1 })
      expect(holds(await attempted(storeSecret, left, silent, { before }))).toEqual(['orphaned'])
      const vault = vaultWith()
      expect(holds(await attempted(storeSecret, left, portsOf({ vault }), { before }))).toEqual([])
      expect(vault.calls).toEqual(['delete'])
    })

    it('is waited for as long as it takes where it is wanted', async () => {
      const run = await attempted(storeSecret, view({ tracked: ledger }), silent, { before: failing(now - 9 * half) })
      expect(holds(run)).toEqual(['ours'])
      expect(run.failure?.fields.code).toBe('NoAnswer')
    })

    it('is orphaned where reading works and deleting never does', async () => {
      const vault = { ...vaultWith(), delete: () => Promise.reject(refusal({ class: 'transient', code: 'ServerError' })) }
      expect(holds(await attempted(storeSecret, removing(), portsOf({ vault }), { before: failing(now - 1) }))).toEqual(['ours'])
      const run = await attempted(storeSecret, removing(), portsOf({ vault }), { before: failing(now - half) })
      expect(holds(run)).toEqual(['orphaned'])
      expect(run.commands?.cli).toBe(line)
    })
  })

  it('leaves alone what is not owned', async () => {
    const vault = vaultWith({ team: 'other' })
    const before = view({ now })
    const run = await attempted(storeSecret, before, portsOf({ vault }))
    expect(run.tracked.map((row) => row.ownership)).toEqual(['adopted'])
    await attempted(storeSecret, following(storeSecret, before, run, { removing: true }), portsOf({ vault }))
    expect(vault.calls).toEqual([])
  })
})
