import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Applied, Step } from '../../src/contract/step.ts'
import { attempt } from '../../src/engine/attempt.ts'
import { problemOf } from '../../src/errors/catalogue.ts'
import { Failure, type FailureFields } from '../../src/errors/failure.ts'
import type { Connection } from '../../src/model/connection.ts'
import { loop } from '../../src/model/loop.ts'
import type { DesiredObjects, ManagedObject, ObservedState } from '../../src/model/managed-object.ts'
import type { OperationState } from '../../src/ports/azure.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Store } from '../../src/ports/store.ts'
import { memoryStore } from '../functions/memory-table.ts'
import { installation } from '../functions/test-services.ts'
import { aConnection } from '../model/a-connection.ts'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop'
const target = loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/stdata`)
const cluster = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/web`)
const member: Connection = { ...aConnection({ name: 'orders', cluster, target, auth: 'secret' }), generation: 1 }

const minute = 60_000
const object = (id: string): ManagedObject => ({ kind: 'rule', id, summary: `rule ${id}` })
const refusal = (given: Partial<FailureFields>): Failure =>
  new Failure({ class: 'transient', code: 'Unexpected', about: { doing: 'change', message: 'no' }, ...given })

/** What there is outside, and how it answers. */
let outside: Set<string>
let desired: DesiredObjects
let answer: 'made' | 'answer lost' | 'nothing happens' | { readonly refused: Failure } | { readonly started: string }
let unknown: boolean
let going: boolean
let operation: OperationState | Failure
let applied: string[]
let facts: Record<string, unknown>
let gated: boolean
let report: boolean

const step: Step<'target'> = {
  name: 'open-firewall',
  loop: 'target',
  after: ['read-target'],
  reads: [],
  desired: () => desired,
  gate: () => (gated ? { of: [target], text: 'waiting for the gate', nextRunAt: now + minute } : undefined),
  byHand: () => ({ cli: 'az storage account network-rule add' }),
  async observe(_view, { objects }) {
    const ids = objects.map(({ id }) => id)
    const observe = (id: string): ObservedState =>
      unknown || (going && outside.has(id))
        ? {
            id,
            state: 'unknown',
            problem: problemOf({ code: 'Unexpected', about: { doing: 'observe', message: 'dark' } }),
            ...(going && !unknown ? { going } : {}),
          }
        : outside.has(id)
          ? { id, state: 'same', mark: 'none' }
          : { id, state: 'absent' }
    return { observed: ids.map(observe), facts, found: undefined }
  },
  async apply(changes): Promise<Applied> {
    applied.push(...changes.map((change) => `${change.action} ${change.object.id}`))
    if (typeof answer === 'object' && 'refused' in answer) throw answer.refused
    if (typeof answer === 'object') return { started: { url: answer.started, startedAt: now, what: 'the update' } }
    if (answer !== 'nothing happens')
      for (const {
        action,
        object: { id },
      } of changes)
        action === 'delete' ? outside.delete(id) : outside.add(id)
    if (answer === 'answer lost') throw refusal({})
    return { done: true }
  },
}

/** A mistake in the rules of a step, which quotes what it met. */
const mistaken = (where: 'desired' | 'observe' | 'apply' | 'gate'): Step<'target'> => {
  const fails = (): never => {
    throw new TypeError("Cannot create property 'x' on string 'hunter2'")
  }
  return { ...step, [where]: fails }
}

let store: Store
let now: number
beforeEach(async () => {
  now = 1_000 * minute
  store = memoryStore(installation, () => now)
  await store.join(member, target)
  outside = new Set()
  desired = { objects: [object('a')] }
  answer = 'made'
  unknown = false
  going = false
  operation = { state: 'running' }
  applied = []
  facts = {}
  gated = false
  report = false
})

const ask = async (): Promise<OperationState> => {
  if (operation instanceof Failure) throw operation
  return operation
}
const ports = { arm: { operation: ask }, now: () => now } as unknown as Ports
/** Reads, attempts, records, as the loop does. */
const run = async (at: Store = store, more: Partial<Step<'target'>> = {}) => {
  const of = { ...step, ...more }
  const snapshot = await at.read(target, of.reads)
  if (!snapshot) throw new Error('there is no such loop')
  const result = await attempt(of, snapshot, { store: at, ports: () => ports, modes: () => (report ? 'report' : 'apply') })
  if (result === 'stale') return result
  const recorded = await at.record(target, result.ledger, result.recorded)
  return recorded === 'stale' ? recorded : result.recorded.outcome.kind
}
const state = async () => {
  const snapshot = await store.read(target)
  const row = snapshot?.steps[0]
  if (!snapshot || !row) throw new Error('nothing was recorded')
  return {
    row,
    outcome: row.outcome,
    holds: snapshot.view.tracked('open-firewall').map((tracked) => `${tracked.ownership}:${tracked.object.id}`),
    snapshot,
  }
}

describe('an attempt', () => {
  it('makes what is desired and records it as owned, and then has nothing more to do', async () => {
    expect(await run()).toBe('changed')
    expect(await state()).toMatchObject({ holds: ['ours:a'], outcome: { changed: ['made rule a'] } })
    expect(await run()).toBe('satisfied')
    expect(applied).toEqual(['create a'])
  })

  it('adopts what was there before, and lets it go without deleting it', async () => {
    outside.add('a')
    expect(await run()).toBe('satisfied')
    expect((await state()).holds).toEqual(['adopted:a'])
    desired = { objects: [] }
    expect(await run()).toBe('satisfied')
    expect(await state()).toMatchObject({ holds: [] })
    expect(outside.has('a')).toBe(true)
    expect(applied).toEqual([])
  })

  it.each(['desired', 'observe', 'gate', 'apply'] as const)('tells a mistake of its own rules as one: %s', async (where) => {
    expect(await run(store, mistaken(where))).toBe('failed')
    const { outcome, row } = await state()
    expect(outcome.problems).toMatchObject([{ code: 'InternalError', text: expect.stringContaining('TypeError') }])
    expect(JSON.stringify(outcome)).not.toContain('hunter2')
    expect(row.nextRunAt).toBeGreaterThan(now)
  })

  it('keeps as pending what it tracks while its rules are mistaken', async () => {
    await run()
    expect(await run(store, mistaken('desired'))).toBe('failed')
    expect(await state()).toMatchObject({ holds: ['ours:a'], outcome: { pendingDeletes: ['rule a'] } })
  })

  it('deletes what it made and is no longer desired', async () => {
    await run()
    desired = { objects: [] }
    expect(await run()).toBe('changed')
    expect(await state()).toMatchObject({ holds: [], outcome: { changed: ['removed rule a'], pendingDeletes: [] } })
    expect(outside.size).toBe(0)
  })

  it('holds after each attempt just what is desired, whatever was made, lost and found meanwhile', async () => {
    const some = fc.subarray(['a', 'b', 'c', 'd'])
    const rounds = fc.array(fc.record({ wanted: some, lost: some, found: some }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        for (const { wanted, lost, found } of all) {
          for (const id of lost) outside.delete(id)
          for (const id of found) outside.add(id)
          desired = { objects: wanted.map(object) }
          await run()
          expect((await state()).holds.map((held) => held.split(':')[1]).sort()).toEqual(wanted)
        }
      }),
    )
  })

  it('knows as its own what was made although the answer was lost', async () => {
    answer = 'answer lost'
    expect(await run()).toBe('changed')
    expect((await state()).holds).toEqual(['ours:a'])
  })

  it('knows as its own what it made before it crashed', async () => {
    const dying: Store = { ...store, record: () => Promise.reject(new Error('killed')) }
    await expect(run(dying)).rejects.toThrow('killed')
    expect((await state()).holds).toEqual(['intended:a'])
    expect(await run()).toBe('satisfied')
    expect((await state()).holds).toEqual(['ours:a'])
    expect(applied).toEqual(['create a'])
  })

  it('forgets what it intended and never made, but only after the function timeout', async () => {
    const dying: Store = { ...store, record: () => Promise.reject(new Error('killed')) }
    answer = 'nothing happens'
    await expect(run(dying)).rejects.toThrow('killed')
    desired = { objects: [] }
    await run()
    expect((await state()).holds).toEqual(['intended:a'])
    now += 11 * minute
    await run()
    expect((await state()).holds).toEqual([])
  })

  it('says so when a change that was answered with success has no effect, and tries again later and later', async () => {
    answer = 'nothing happens'
    const delays: number[] = []
    for (let round = 0; round < 4; round++) {
      expect(await run()).toBe('failed')
      const { row } = await state()
      expect(row.outcome.problems[0]?.code).toBe('ChangeHadNoEffect')
      delays.push((row.nextRunAt ?? 0) - now)
      now = row.nextRunAt ?? now
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b))
    expect(delays[3]).toBeGreaterThan((delays[0] ?? 0) * 2)
  })

  it('polls an operation under way before anything else, and observes when it is done', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    expect(await run()).toBe('started')
    expect(await run()).toBe('started')
    expect(applied).toEqual(['create a'])
    operation = { state: 'done' }
    outside.add('a')
    expect(await run()).toBe('satisfied')
    expect((await state()).holds).toEqual(['ours:a'])
  })

  it('reports the right that is missing to poll an operation, and observes whether it has ended', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    await run()
    operation = refusal({ class: 'permission', code: 'RightMissing', about: { doing: 'ask', action: 'x/operations/read', scope: '/s' } })
    expect(await run()).toBe('started')
    expect((await state()).outcome.problems.map(({ code }) => code)).toEqual(['RightMissing'])
    expect(applied).toEqual(['create a'])
    outside.add('a')
    expect(await run()).toBe('satisfied')
    expect((await state()).outcome.problems).toEqual([])
    expect((await state()).holds).toEqual(['ours:a'])
  })

  it('tells what an operation failed with, and does not start the next at once', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    await run()
    operation = { state: 'failed', code: 'AKSOperationPreempted', message: 'This operation has been preempted by another operation' }
    expect(await run()).toBe('failed')
    expect((await state()).outcome.problems[0]?.code).toBe('Busy')
    expect(applied).toEqual(['create a'])
  })

  it('asks for an operation less and less often the longer it takes', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    await run()
    const began = now
    const delays: number[] = []
    while (now - began < 45 * minute) {
      const { row } = await state()
      delays.push((row.nextRunAt ?? 0) - now)
      now = row.nextRunAt ?? now
      await run()
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b))
    expect(delays.length).toBeLessThan(35)
    expect(delays.at(-1)).toBe(5 * minute)
  })

  it('asks for an operation within minutes, whatever the service says to wait', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    await run()
    operation = { state: 'running', retryAfterMs: 60 * minute }
    await run()
    expect((await state()).row.nextRunAt).toBe(now + 10 * minute)
  })

  it('gives up an operation that does not end, and observes what has become of it', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    await run()
    now += 59 * minute
    expect(await run()).toBe('started')
    now += minute
    expect(await run()).toBe('failed')
    expect((await state()).outcome.problems.map(({ code }) => code)).toEqual(['OperationEndless'])
    answer = 'made'
    expect(await run()).toBe('changed')
    expect((await state()).holds).toEqual(['ours:a'])
  })

  it('tells of an operation that may take longer, once it has taken an hour', async () => {
    answer = { started: 'https://management.azure.com/operations/1' }
    await run()
    now += 61 * minute
    expect(await run(store, { operationLimitMs: 24 * 60 * minute })).toBe('started')
    expect((await state()).outcome.problems.map(({ code }) => code)).toEqual(['OperationSlow'])
  })

  it('changes nothing in mode report, and says how to do it by hand', async () => {
    report = true
    expect(await run()).toBe('reported')
    expect((await state()).outcome.problems[0]).toMatchObject({
      code: 'ReportOnly',
      commands: { cli: 'az storage account network-rule add' },
    })
    expect(applied).toEqual([])
  })

  it('waits at its gate', async () => {
    gated = true
    expect(await run()).toBe('waiting')
    expect(applied).toEqual([])
    expect((await state()).row.nextRunAt).toBe(now + minute)
  })

  it('reports what it lacks the right for, with the way to do it by hand', async () => {
    answer = { refused: refusal({ class: 'permission', code: 'RightMissing', about: { doing: 'open', action: 'x/write', scope: '/s' } }) }
    expect(await run()).toBe('reported')
    expect((await state()).outcome.problems[0]).toMatchObject({
      code: 'RightMissing',
      commands: { cli: 'az storage account network-rule add' },
    })
  })

  it('leaves behind what it may not delete, and deletes it once it may', async () => {
    await run()
    desired = { objects: [] }
    answer = { refused: refusal({ class: 'manual', code: 'Unexpected' }) }
    expect(await run()).toBe('blocked')
    expect(await state()).toMatchObject({ holds: ['orphaned:a'], outcome: { pendingDeletes: [] } })
    answer = 'made'
    expect(await run()).toBe('changed')
    expect((await state()).holds).toEqual([])
  })

  it('changes nothing that it cannot see, and leaves behind what should go', async () => {
    await run()
    unknown = true
    expect(await run()).toBe('unknown')
    expect((await state()).holds).toEqual(['ours:a'])
    desired = { objects: [] }
    expect(await run()).toBe('unknown')
    expect((await state()).holds).toEqual(['orphaned:a'])
  })

  it('keeps as pending what it could not delete yet', async () => {
    await run()
    desired = { objects: [] }
    answer = { refused: refusal({ class: 'busy', code: 'Busy' }) }
    expect(await run()).toBe('failed')
    expect((await state()).outcome.pendingDeletes).toEqual(['rule a'])
  })

  it('leaves behind what it could not delete for an hour, and tries all the same, less and less often', async () => {
    await run()
    desired = { objects: [] }
    answer = { refused: refusal({ class: 'transient', code: 'ServerError' }) }
    await run()
    now += 59 * minute
    await run()
    expect((await state()).holds).toEqual(['ours:a'])
    now += minute
    await run()
    expect(await state()).toMatchObject({ holds: ['orphaned:a'], outcome: { pendingDeletes: [] } })
    now += 10 * 60 * minute
    for (let tries = 0; tries < 8; tries++) await run()
    expect(((await state()).row.nextRunAt ?? 0) - now).toBeGreaterThan(15 * minute)
    answer = 'made'
    expect(await run()).toBe('changed')
    expect((await state()).holds).toEqual([])
  })

  it('keeps as pending for moments what is being deleted and held by another party, then orphans it, and deletes nothing twice', async () => {
    await run()
    desired = { objects: [] }
    going = true
    await run()
    expect(await state()).toMatchObject({ holds: ['ours:a'], outcome: { kind: 'unknown', pendingDeletes: ['rule a'] } })
    expect(((await state()).row.nextRunAt ?? 0) - now).toBeLessThan(minute)
    now += 2 * minute
    await run()
    expect(await state()).toMatchObject({ holds: ['orphaned:a'], outcome: { pendingDeletes: [] } })
    expect(applied).toEqual(['create a'])
  })

  it('never leaves behind what others made', async () => {
    outside.add('a')
    await run()
    desired = { objects: [], incomplete: true }
    await run()
    now += 120 * minute
    await run()
    expect(await state()).toMatchObject({ holds: ['adopted:a'], outcome: { pendingDeletes: [] } })
  })

  it('has no pending delete of what is desired again', async () => {
    await run()
    desired = { objects: [] }
    answer = { refused: refusal({ class: 'busy', code: 'Busy' }) }
    await run()
    desired = { objects: [object('a')] }
    await run()
    now += 120 * minute
    desired = { objects: [] }
    await run()
    expect((await state()).holds).toEqual(['ours:a'])
  })

  it('observes less and less often what it waits for', async () => {
    gated = true
    await run()
    now += 40 * minute
    await run()
    expect((await state()).row.nextRunAt).toBe(now + 10 * minute)
  })

  it("carries out the others' things when one member is at fault", async () => {
    desired = { objects: [object('a')], faults: [{ code: 'NotAllowed', about: {}, of: member.key }] }
    expect(await run()).toBe('blocked')
    expect(outside).toEqual(new Set(['a']))
  })

  it('records nothing when it was overtaken, and makes the loop due', async () => {
    const overtaken: Store = {
      ...store,
      intend: async (...given) => {
        await run()
        return await store.intend(...given)
      },
    }
    const before = await store.read(target)
    if (before) await store.sleep(before.row, now + 60 * minute, now)
    expect(await run(overtaken)).toBe('stale')
    expect((await store.read(target))?.row.dueAt).toBe(now)
    expect(applied).toEqual(['create a'])
  })

  it('names those who read its facts, until they were told', async () => {
    facts = { allowedIps: ['20.1.1.1'] }
    await run()
    const { row } = await state()
    expect(row.wake.map((reader) => reader.key)).toEqual([member.key])
    const loop = await store.read(target)
    if (loop) expect(await store.sleep(loop.row, now, now, [row])).toBe('asleep')
    await run()
    expect((await state()).row.wake).toEqual([])
  })
})
