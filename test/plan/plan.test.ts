// The plan's table, row by row. plan.properties.test.ts states the same as properties.
import { describe, expect, it } from 'vitest'
import type { Key } from '../../src/model/loop.ts'
import type {
  Action,
  Change,
  DesiredObjects,
  LedgerEntry,
  ManagedObject,
  Mark,
  ObservedState,
  Ownership,
} from '../../src/model/managed-object.ts'
import { intendedFor, intentions, plan } from '../../src/plan/plan.ts'

const now = Date.parse('2026-03-02T08:00:00Z')
const problem = { code: 'Forbidden' as const, text: 't', cause: 'c', remediation: 'c', link: 'l' }
const object: ManagedObject = { kind: 'rule', id: 't', summary: 'an object' }
const retain: ManagedObject = { ...object, retain: true }
const row = (ownership: Ownership, of: ManagedObject = object, since = now - 1000): LedgerEntry => ({ object: of, ownership, since })
const there = (state: 'same' | 'different', mark: Mark = 'none'): ObservedState => ({ id: 't', state, mark })
const absent: ObservedState = { id: 't', state: 'absent' }
const unknown: ObservedState = { id: 't', state: 'unknown', problem }

type Outcome = { readonly does: Action | 'nothing' | 'fault'; readonly keeps?: Ownership }
type Case = { readonly observed: ObservedState; readonly tracked?: LedgerEntry; readonly adopt?: true } & Outcome

function outcome(desired: DesiredObjects, { observed, tracked, adopt }: Pick<Case, 'observed' | 'tracked' | 'adopt'>): Outcome {
  const made = plan(desired, [observed], tracked ? [tracked] : [], { adopt: adopt === true, now })
  expect(made.changes.length + made.faults.length).toBeLessThanOrEqual(1)
  const keeps = made.tracked[0]?.ownership
  return { does: made.changes[0]?.action ?? (made.faults.length > 0 ? 'fault' : 'nothing'), ...(keeps === undefined ? {} : { keeps }) }
}
const expected = ({ does, keeps }: Case): Outcome => ({ does, ...(keeps === undefined ? {} : { keeps }) })

describe('an object that is desired', () => {
  it.each<Case>([
    { observed: absent, does: 'create' },
    { observed: absent, tracked: row('intended'), does: 'create', keeps: 'intended' },
    { observed: absent, tracked: row('ours'), does: 'create', keeps: 'ours' },
    { observed: absent, tracked: row('adopted'), does: 'create' },
    { observed: absent, tracked: row('orphaned'), does: 'create', keeps: 'orphaned' },
    { observed: there('same', 'ours'), tracked: row('ours'), does: 'nothing', keeps: 'ours' },
    { observed: there('same', 'ours'), tracked: row('intended'), does: 'nothing', keeps: 'ours' },
    { observed: there('same', 'ours'), tracked: row('orphaned'), does: 'nothing', keeps: 'ours' },
    { observed: there('same', 'ours'), does: 'adopt', keeps: 'adopted' },
    { observed: there('same', 'ours'), tracked: row('adopted'), does: 'nothing', keeps: 'adopted' },
    { observed: there('same'), tracked: row('ours'), does: 'nothing', keeps: 'ours' },
    { observed: there('same'), tracked: row('intended'), does: 'nothing', keeps: 'ours' },
    { observed: there('same'), tracked: row('orphaned'), does: 'nothing', keeps: 'ours' },
    { observed: there('same'), does: 'adopt', keeps: 'adopted' },
    { observed: there('same'), tracked: row('adopted'), does: 'nothing', keeps: 'adopted' },
    { observed: there('same', 'foreign'), tracked: row('ours'), does: 'adopt', keeps: 'adopted' },
    { observed: there('same', 'offered'), does: 'adopt', keeps: 'adopted' },
    { observed: there('different', 'ours'), tracked: row('ours'), does: 'update', keeps: 'ours' },
    { observed: there('different', 'ours'), does: 'update' },
    { observed: there('different', 'ours'), tracked: row('adopted'), does: 'update', keeps: 'adopted' },
    { observed: there('different'), tracked: row('ours'), does: 'update', keeps: 'ours' },
    { observed: there('different'), tracked: row('intended'), does: 'update', keeps: 'ours' },
    { observed: there('different'), does: 'fault' },
    { observed: there('different'), tracked: row('adopted'), does: 'fault', keeps: 'adopted' },
    { observed: there('different', 'foreign'), tracked: row('ours'), does: 'fault', keeps: 'ours' },
    { observed: there('different', 'offered'), does: 'update' },
    { observed: there('different'), adopt: true, does: 'update' },
    { observed: unknown, does: 'nothing' },
    { observed: unknown, tracked: row('ours'), does: 'nothing', keeps: 'ours' },
  ])('and seen as $seen.state ($seen.mark) and held as $held.hold: $does, keeps $keeps', (one) => {
    expect(outcome({ objects: [object] }, one)).toEqual(expected(one))
  })
})

describe('an object that is no longer desired', () => {
  it.each<Case>([
    { observed: there('same', 'ours'), tracked: row('ours'), does: 'delete', keeps: 'ours' },
    { observed: there('different', 'ours'), tracked: row('ours'), does: 'delete', keeps: 'ours' },
    { observed: there('same'), tracked: row('ours'), does: 'delete', keeps: 'ours' },
    { observed: there('same'), tracked: row('intended'), does: 'delete', keeps: 'intended' },
    { observed: there('same'), tracked: row('orphaned'), does: 'delete', keeps: 'orphaned' },
    { observed: there('same'), tracked: row('adopted'), does: 'release' },
    { observed: there('same', 'ours'), tracked: row('adopted'), does: 'release' },
    { observed: there('different', 'ours'), tracked: row('adopted'), does: 'release' },
    { observed: there('same', 'foreign'), tracked: row('ours'), does: 'release' },
    { observed: there('same', 'offered'), tracked: row('ours'), does: 'release' },
    { observed: there('same', 'ours'), tracked: row('ours', retain), does: 'release' },
    { observed: absent, tracked: row('ours'), does: 'forget' },
    { observed: absent, tracked: row('adopted'), does: 'forget' },
    { observed: absent, tracked: row('orphaned'), does: 'forget' },
    { observed: absent, tracked: row('intended'), does: 'nothing', keeps: 'intended' },
    { observed: absent, tracked: row('intended', object, now - intendedFor + 1), does: 'nothing', keeps: 'intended' },
    { observed: absent, tracked: row('intended', object, now - intendedFor), does: 'forget' },
    { observed: unknown, tracked: row('ours'), does: 'nothing', keeps: 'ours' },
    { observed: unknown, tracked: row('adopted'), does: 'nothing', keeps: 'adopted' },
  ])('and seen as $seen.state ($seen.mark) and held as $held.hold: $does, keeps $keeps', (one) => {
    expect(outcome({ objects: [] }, one)).toEqual(expected(one))
  })

  it.each(['intended', 'ours', 'adopted', 'orphaned'] as const)(
    'stays while some wanted things cannot be named yet, and while it is for later: %s',
    (ownership) => {
      for (const observed of [absent, there('same'), there('different', 'ours'), unknown]) {
        expect(outcome({ objects: [], incomplete: true }, { observed, tracked: row(ownership) })).toEqual({
          does: 'nothing',
          keeps: ownership,
        })
        expect(outcome({ objects: [], later: [object] }, { observed, tracked: row(ownership) })).toEqual({
          does: 'nothing',
          keeps: ownership,
        })
      }
    },
  )
})

describe('a plan', () => {
  it('takes what the store says that the app made for owned, though no step did, unless it is marked by another owner', () => {
    const made: ManagedObject = { ...object, made: true }
    expect(outcome({ objects: [made] }, { observed: there('same', 'ours') })).toEqual({ does: 'nothing', keeps: 'ours' })
    expect(outcome({ objects: [object] }, { observed: { id: 't', state: 'same', mark: 'ours', made: true } })).toEqual({
      does: 'nothing',
      keeps: 'ours',
    })
    expect(outcome({ objects: [made] }, { observed: there('same', 'foreign') })).toEqual({ does: 'adopt', keeps: 'adopted' })
    expect(outcome({ objects: [] }, { observed: there('same', 'ours'), tracked: row('ours', made) })).toEqual({
      does: 'delete',
      keeps: 'ours',
    })
  })

  it('does not make what is for later', () => {
    expect(plan({ objects: [], later: [object] }, [absent], [], { adopt: false, now }).changes).toEqual([])
  })

  it('says of whom a fault or an unknown object is', () => {
    const of = 'member' as Key
    const made = plan({ objects: [{ ...object, of }] }, [there('different', 'foreign')], [], { adopt: false, now })
    expect(made.faults).toEqual([{ code: 'NotOurs', about: { object: 'an object', id: 't', difference: 'it differs' }, of }])
    expect(plan({ objects: [{ ...object, of }] }, [unknown], [], { adopt: false, now }).unknown).toEqual([{ ...problem, of }])
  })

  it('passes on the faults of what was wanted', () => {
    const fault = { code: 'CredentialLimit' as const, about: {} }
    expect(plan({ objects: [], faults: [fault] }, [], [], { adopt: false, now }).faults).toEqual([fault])
  })

  it('keeps the time since when an object is tracked, and writes its desired form', () => {
    const desired = { ...object, summary: 'in new words' }
    expect(plan({ objects: [desired] }, [there('same')], [row('ours')], { adopt: false, now }).tracked).toEqual([
      { object: desired, ownership: 'ours', since: now - 1000 },
    ])
  })

  it('writes down what it is about to make, and from when', () => {
    const other = { ...object, id: 'other' }
    const changes: Change[] = [
      { action: 'create', object, observed: absent },
      { action: 'update', object: other, observed: there('different') },
    ]
    expect(intentions([row('ours'), row('ours', other)], changes, now)).toEqual([
      row('ours', other),
      { object, ownership: 'intended', since: now },
    ])
  })
})
