// advance() over the real store on a table in memory. The real program says which steps there are; what each attempt finds is the test's own, so that a
// test sees what the activity does with it: what it writes, whom it tells, when it reads again.
import { beforeEach, describe, expect, it } from 'vitest'
import { advance } from '../../src/engine/advance.ts'
import { inputsOf } from '../../src/engine/inputs.ts'
import type { AdvancePorts } from '../../src/engine/round.ts'
import { type Connection, linkerId } from '../../src/model/connection.ts'
import { type Loop, loop } from '../../src/model/loop.ts'
import type { LedgerEntry } from '../../src/model/managed-object.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { StepName } from '../../src/model/step-name.ts'
import type { AttemptRecord, Recorded, Snapshot } from '../../src/ports/rows.ts'
import type { Store } from '../../src/ports/store.ts'
import { stepsOf } from '../../src/steps/program.ts'
import { type MemoryTable, memoryStore, memoryTable } from '../functions/memory-table.ts'
import { installation } from '../functions/test-services.ts'
import { aConnection, accountId } from '../model/a-connection.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'

const minute = 60_000
const modes = () => 'apply' as const
const target = loop('target', accountId)
const member: Connection = { ...aConnection({ name: 'orders', auth: 'secret' }), generation: 1 }
const other: Connection = { ...aConnection({ name: 'mail', auth: 'secret' }), generation: 1 }
const connectionOf = ({ cluster, name }: Connection): Loop<'connection'> => loop('connection', linkerId(cluster.id, name))
const rule: LedgerEntry = { object: { kind: 'rule', id: '/rule', summary: 'rule' }, ownership: 'ours', since: 0 }

/** What an attempt finds; what is left out is as it was. */
type Finding = {
  readonly outcome?: Partial<Outcome>
  readonly facts?: Record<string, unknown>
  readonly wake?: readonly Loop[]
  readonly tracked?: readonly LedgerEntry[]
  readonly nextRunAt?: number
}

let now: number
let table: MemoryTable
let store: Store
/** By step; asked at each attempt. */
let findings: Partial<Record<StepName, () => Finding | 'stale' | Promise<Finding>>>
let attempted: string[]
let woken: string[]

const short = ({ kind, id }: Loop): string => `${kind} ${id.split('/').at(-1)}`

async function found(name: StepName, { row, steps, view }: Snapshot): Promise<AttemptRecord | 'stale'> {
  const finding = (await findings[name]?.()) ?? {}
  if (finding === 'stale') return finding
  const before = steps.find(({ step }) => step === name)
  const tracked = view.tracked(name)
  const step = stepsOf(row.loop.kind).find((one) => one.name === name)
  if (!step) throw new Error(`no step ${name}`)
  const { nextRunAt } = finding
  const recorded: Recorded = {
    ...aRecord({
      outcome: anOutcome(finding.outcome),
      ranAt: now,
      resync: row.resync,
      generation: view.self?.generation ?? 0,
      inputs: inputsOf(step, view, modes),
      facts: finding.facts ?? before?.facts ?? {},
      wake: [...(before?.wake ?? []), ...(finding.wake ?? [])],
      ...(nextRunAt === undefined ? {} : { nextRunAt }),
    }),
    tracked: finding.tracked ?? tracked,
  }
  return { ledger: { step: name, ...(before ? { row: before } : {}), tracked }, recorded, before, hasIntended: false }
}

const ports = (over: Partial<AdvancePorts> = {}): AdvancePorts => ({
  store,
  attempt: (step, snapshot) => {
    attempted.push(step.name)
    return found(step.name, snapshot)
  },
  wake: async (one, how) => void woken.push(`${short(one)}${how ? ' with the herd' : ''}`),
  modes,
  auditEveryMs: 24 * 60 * minute,
  now: () => now,
  ...over,
})
const go = (one: Loop = target, over: Partial<AdvancePorts> = {}) => advance(one, ports(over))
const rowOf = async (one: Loop) => (await store.read(one))?.row

beforeEach(async () => {
  now = 1_000_000 * minute
  table = memoryTable()
  store = memoryStore(installation, () => now, table)
  findings = {}
  attempted = []
  woken = []
  await store.putPolicy({ name: 'all', allow: { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] } })
})

describe('a loop that is advanced', () => {
  it('of which there is no row does nothing and ends', async () => {
    expect(await go()).toEqual({ do: 'end' })
    expect(attempted).toEqual([])
  })

  it('runs its steps in order, then ends until the audit, and its row says so', async () => {
    await store.join(member, target)
    expect(await go()).toMatchObject({ do: 'end' })
    expect(attempted).toEqual(['read-target', 'open-firewall', 'rotate-keys'])
    const row = await rowOf(target)
    expect(row?.dueAt).toBe(row?.auditAt)
    expect((row?.dueAt ?? 0) - now).toBeGreaterThan(20 * 60 * minute)
  })

  it('sleeps until the first step is due again', async () => {
    await store.join(member, target)
    findings = { 'read-target': () => ({ nextRunAt: now + 50_000 }), 'open-firewall': () => ({ nextRunAt: now + 30_000 }) }
    expect(await go()).toMatchObject({ do: 'sleep', until: now + 30_000 })
    expect((await rowOf(target))?.dueAt).toBe(now + 30_000)
  })

  it('goes on in another activity when it has worked for a minute, and has written what it knows', async () => {
    await store.join(member, target)
    const long = (): Finding => {
      now += 2 * minute
      return { nextRunAt: now }
    }
    findings = { 'read-target': long }
    expect(await go()).toEqual({ do: 'go on' })
    expect((await store.read(target))?.steps.map(({ step }) => step)).toContain('read-target')
  })
})

describe('steps that only tell of the others', () => {
  it('come last, whatever else is due', async () => {
    await store.desire(member, () => true)
    await go(connectionOf(member))
    expect(attempted.at(-1)).toBe('publish-status')
    expect(attempted.filter((step) => step === 'publish-status')).toHaveLength(1)
    expect(attempted.length).toBeGreaterThan(2)
  })

  it('also where they come after nothing that still runs', async () => {
    const cluster = loop('cluster', member.cluster.id)
    await store.join(member, cluster)
    findings = { 'resolve-egress': () => ({ facts: { egressIps: ['203.0.113.7'] } }) }
    await go(cluster)
    expect(attempted.at(-1)).toBe('report-invalid-tags')
  })
})

describe('readers of changed facts', () => {
  beforeEach(async () => {
    for (const one of [member, other]) {
      await store.desire(one, () => true)
      await store.join(one, target)
    }
    await quiet(connectionOf(member), connectionOf(other))
  })

  it('are told once, of all that several steps have found out', async () => {
    findings = {
      'read-target': () => ({ wake: [connectionOf(member)] }),
      'open-firewall': () => ({ wake: [connectionOf(member)] }),
    }
    const touched: string[] = []
    const counting: Store['touch'] = (...of) => {
      touched.push(short(of[0]))
      return store.touch(...of)
    }
    await go(target, { store: { ...store, touch: counting } })
    expect([touched, woken]).toEqual([['connection orders'], ['connection orders with the herd']])
  })

  it('find what they are told of', async () => {
    findings = { 'read-target': () => ({ facts: { location: 'westeurope' }, wake: [connectionOf(member)] }) }
    const seen: unknown[] = []
    await go(target, { wake: async () => void seen.push((await store.read(target))?.view.facts.location) })
    expect(seen).toEqual(['westeurope'])
  })

  it('are none where nothing changed', async () => {
    await go()
    expect(woken).toEqual([])
    expect((await rowOf(connectionOf(other)))?.dueAt).toBe(now + minute)
  })

  it('are not told again in the next round', async () => {
    findings = { 'read-target': () => ({ wake: [connectionOf(member)] }) }
    await go()
    findings = {}
    woken = []
    await quiet(connectionOf(member))
    await store.touch(target, 'event')
    await go()
    expect(woken).toEqual([])
  })

  it('that are due already are not woken, and are refused their sleep', async () => {
    const before = (await rowOf(connectionOf(other))) ?? expect.fail()
    await store.touch(connectionOf(member), 'wake')
    findings = { 'read-target': () => ({ wake: [connectionOf(member), connectionOf(other)] }) }
    await go()
    expect(woken).toEqual(['connection mail with the herd'])
    expect(await store.sleep(before, now + minute, now + minute)).toBe('changed meanwhile')
  })
})

describe('who joins while a loop finds something', () => {
  const late: Connection = { ...aConnection({ name: 'late', auth: 'secret' }), generation: 1 }
  /** `late` joins, and falls asleep on what it knows, before the result of the attempt is stored. */
  async function joining(found: Finding): Promise<Finding> {
    await store.desire(late, () => true)
    await store.join(late, target)
    await store.read(connectionOf(late), ['target'])
    await quiet(connectionOf(late))
    return found
  }

  beforeEach(async () => {
    await store.desire(member, () => true)
    await store.join(member, target)
    await quiet(connectionOf(member))
  })

  it.each([
    ['as the others are', [connectionOf(member)]],
    ['where it concerns no other', []],
  ])('is told of it, %s', async (_how, wake) => {
    let attempts = 0
    findings = { 'read-target': async () => (attempts++ === 0 ? await joining({ facts: { location: 'westeurope' }, wake }) : {}) }
    await go()
    expect(woken).toContain('connection late with the herd')
    const { dueAt = 0 } = (await rowOf(connectionOf(late))) ?? {}
    expect(dueAt).toBeLessThanOrEqual(now)
    expect((await store.read(connectionOf(late), ['target']))?.view.of(target).location).toBe('westeurope')
  })

  it('is told of it also where the activity has worked for long enough', async () => {
    let attempts = 0
    findings = {
      'read-target': async () => {
        if (attempts++ > 0) return {}
        now += 2 * minute
        return await joining({ facts: { location: 'westeurope' } })
      },
    }
    expect(await go()).toMatchObject({ do: 'go on' })
    expect(woken).toContain('connection late with the herd')
  })

  it('is told of nothing where nothing has changed', async () => {
    let attempts = 0
    findings = { 'read-target': async () => (attempts++ === 0 ? await joining({}) : {}) }
    await go()
    expect(woken).toEqual([])
  })
})

describe('who writes meanwhile', () => {
  it('is read before the loop sleeps', async () => {
    await store.join(member, target)
    let events = 0
    findings = {
      'open-firewall': async () => {
        if (events++ === 0) await store.touch(target, 'event')
        return {}
      },
    }
    expect(await go()).toMatchObject({ do: 'end' })
    expect(attempted).toEqual(['read-target', 'open-firewall', 'rotate-keys', 'read-target', 'open-firewall', 'rotate-keys'])
    expect((await store.read(target))?.steps.map(({ resync }) => resync)).toEqual([1, 1, 1])
  })

  it('makes an attempt that was overtaken read again, and the others of its round are kept', async () => {
    await store.join(member, target)
    let tries = 0
    findings = { 'open-firewall': () => (tries++ === 0 ? 'stale' : {}) }
    await go()
    expect(attempted).toEqual(['read-target', 'open-firewall', 'open-firewall', 'rotate-keys'])
  })

  it('loses nothing that was recorded when an attempt throws', async () => {
    const cluster = loop('cluster', member.cluster.id)
    await store.join(member, cluster)
    findings = {
      'register-provider': () => {
        throw new Error('the store does not answer')
      },
    }
    await expect(go(cluster)).rejects.toThrow('the store does not answer')
    expect((await store.read(cluster))?.steps.map(({ step }) => step)).toContain('read-cluster')
  })
})

describe('a loop with nothing new', () => {
  it('writes nothing while its operation goes on and its row says until when it sleeps', async () => {
    await store.join(member, target)
    const operation = { url: 'https://arm/1', startedAt: now, what: 'the update' }
    findings = { 'open-firewall': () => ({ outcome: { kind: 'started', operation }, nextRunAt: now + 30_000 }) }
    await go()
    const before = table.writes()
    now += 30_000
    expect(await go()).toMatchObject({ do: 'sleep', until: now + 30_000 })
    expect(attempted.at(-1)).toBe('open-firewall')
    expect(table.writes()).toBe(before)
  })

  it('writes down that it sleeps where its row says something else', async () => {
    await store.join(member, target)
    await go()
    await store.touch(target, 'wake')
    const before = table.writes()
    await go()
    expect(table.writes()).toBe(before + 1)
    expect((await rowOf(target))?.dueAt).toBeGreaterThan(now)
  })
})

describe('a member that leaves', () => {
  beforeEach(async () => {
    await store.desire(member, () => true)
    await store.join(member, target)
    await go()
    await quiet(connectionOf(member))
    await store.leave(connectionOf(member), target)
    woken = []
  })
  const isMember = async () => (await store.membership(connectionOf(member), target)) !== undefined

  it('stays while something that was made for it is still to be deleted', async () => {
    findings = { 'open-firewall': () => ({ outcome: { pendingDeletes: ['rule'] }, tracked: [rule], nextRunAt: now + 30_000 }) }
    expect(await go()).toMatchObject({ do: 'sleep' })
    expect(await isMember()).toBe(true)
    expect(woken).toEqual([])
  })

  it('is released and woken when no delete is pending, and the loop without members is forgotten', async () => {
    expect(await go()).toMatchObject({ do: 'end' })
    expect(await isMember()).toBe(false)
    expect(woken).toEqual(['connection orders'])
    expect((await rowOf(connectionOf(member)))?.dueAt).toBe(now)
    expect(await rowOf(target)).toBeUndefined()
  })

  it('waits for an operation no longer than an hour', async () => {
    const operation = { url: 'https://arm/1', startedAt: now - 61 * minute, what: 'the update' }
    findings = { 'open-firewall': () => ({ outcome: { kind: 'started', operation }, nextRunAt: now + 30_000 }) }
    await go()
    expect(await isMember()).toBe(false)
  })
})

describe('a connection that is removed', () => {
  beforeEach(async () => {
    await store.desire(member, () => true)
    await store.remove(connectionOf(member))
  })

  it('is forgotten when it holds nothing, and a tombstone answers for its operations', async () => {
    expect(await go(connectionOf(member))).toMatchObject({ do: 'end', status: { removing: true } })
    expect(await rowOf(connectionOf(member))).toBeUndefined()
    expect(await store.finished(member.key)).toEqual([{ generation: 2, name: 'orders', at: now }])
  })

  it('says in its tombstone what stays behind in the loops that it shared', async () => {
    await store.join(member, target)
    const orphaned: LedgerEntry = {
      ...rule,
      object: { ...rule.object, summary: 'rule 203.0.113.7', of: member.key },
      ownership: 'orphaned',
    }
    await store.record(target, { step: 'open-firewall', tracked: [] }, { ...aRecord(), tracked: [orphaned] })
    await go(connectionOf(member))
    expect((await store.finished(member.key)).map(({ warning }) => warning)).toEqual([expect.stringContaining('rule 203.0.113.7')])
  })

  it('is not forgotten when it was declared again at the same moment', async () => {
    findings = {
      'publish-status': async () => {
        if ((await rowOf(connectionOf(member)))?.removing) await store.desire(member, () => true)
        return {}
      },
    }
    await go(connectionOf(member))
    expect(await rowOf(connectionOf(member))).toMatchObject({ removing: false })
    expect(await store.finished(member.key)).toEqual([])
  })
})

it('a connection whose cluster is gone is removed', async () => {
  await store.desire(member, () => true)
  await store.join(member, member.cluster)
  await store.record(member.cluster, { step: 'read-cluster', tracked: [] }, { ...aRecord({ facts: { gone: true } }), tracked: [] })
  await go(connectionOf(member))
  expect(await rowOf(connectionOf(member))).toBeUndefined()
  expect((await store.finished(member.key)).map(({ generation }) => generation)).toEqual([2])
})

/** They sleep for a minute, as after an advance. */
async function quiet(...loops: readonly Loop[]): Promise<void> {
  for (const one of loops) {
    const row = await rowOf(one)
    if (row) await store.sleep(row, now + minute, now + 24 * 60 * minute)
  }
}
