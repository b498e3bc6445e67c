// The plan's table, row by row. plan.properties.test.ts states the same as properties.
import { describe, expect, it } from 'vitest'
import type { Key } from '../../src/domain/loop.ts'
import { intendedFor, intentions, plan } from '../../src/domain/plan.ts'
import type { Action, Change, Held, Hold, Mark, Seen, Thing, Wanted } from '../../src/domain/thing.ts'

const now = Date.parse('2026-03-02T08:00:00Z')
const problem = { code: 'Forbidden', text: 't', cause: 'c', cure: 'c', link: 'l' }
const thing: Thing = { kind: 'rule', id: 't', summary: 'a thing' }
const lasting: Thing = { ...thing, lasting: true }
const row = (hold: Hold, of: Thing = thing, since = now - 1000): Held => ({ thing: of, hold, since })
const there = (state: 'same' | 'different', mark: Mark = 'none'): Seen => ({ id: 't', state, mark })
const absent: Seen = { id: 't', state: 'absent' }
const unseen: Seen = { id: 't', state: 'unseen', problem }

type Outcome = { readonly does: Action | 'nothing' | 'fault'; readonly keeps?: Hold }
type Case = { readonly seen: Seen; readonly held?: Held; readonly adopt?: true } & Outcome

function outcome(wanted: Wanted, { seen, held, adopt }: Pick<Case, 'seen' | 'held' | 'adopt'>): Outcome {
  const made = plan(wanted, [seen], held ? [held] : [], { adopt: adopt === true, now })
  expect(made.changes.length + made.faults.length).toBeLessThanOrEqual(1)
  const keeps = made.held[0]?.hold
  return { does: made.changes[0]?.action ?? (made.faults.length > 0 ? 'fault' : 'nothing'), ...(keeps === undefined ? {} : { keeps }) }
}
const expected = ({ does, keeps }: Case): Outcome => ({ does, ...(keeps === undefined ? {} : { keeps }) })

describe('a thing that is wanted', () => {
  it.each<Case>([
    { seen: absent, does: 'create' },
    { seen: absent, held: row('intended'), does: 'create', keeps: 'intended' },
    { seen: absent, held: row('ours'), does: 'create', keeps: 'ours' },
    { seen: absent, held: row('adopted'), does: 'create' },
    { seen: absent, held: row('left-behind'), does: 'create', keeps: 'left-behind' },
    { seen: there('same', 'ours'), held: row('ours'), does: 'nothing', keeps: 'ours' },
    { seen: there('same', 'ours'), held: row('intended'), does: 'nothing', keeps: 'ours' },
    { seen: there('same', 'ours'), held: row('left-behind'), does: 'nothing', keeps: 'ours' },
    { seen: there('same', 'ours'), does: 'adopt', keeps: 'adopted' },
    { seen: there('same', 'ours'), held: row('adopted'), does: 'nothing', keeps: 'adopted' },
    { seen: there('same'), held: row('ours'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), held: row('intended'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), held: row('left-behind'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), does: 'adopt', keeps: 'adopted' },
    { seen: there('same'), held: row('adopted'), does: 'nothing', keeps: 'adopted' },
    { seen: there('same', 'foreign'), held: row('ours'), does: 'adopt', keeps: 'adopted' },
    { seen: there('same', 'offered'), does: 'adopt', keeps: 'adopted' },
    { seen: there('different', 'ours'), held: row('ours'), does: 'update', keeps: 'ours' },
    { seen: there('different', 'ours'), does: 'update' },
    { seen: there('different', 'ours'), held: row('adopted'), does: 'update', keeps: 'adopted' },
    { seen: there('different'), held: row('ours'), does: 'update', keeps: 'ours' },
    { seen: there('different'), held: row('intended'), does: 'update', keeps: 'ours' },
    { seen: there('different'), does: 'fault' },
    { seen: there('different'), held: row('adopted'), does: 'fault', keeps: 'adopted' },
    { seen: there('different', 'foreign'), held: row('ours'), does: 'fault', keeps: 'ours' },
    { seen: there('different', 'offered'), does: 'update' },
    { seen: there('different'), adopt: true, does: 'update' },
    { seen: unseen, does: 'nothing' },
    { seen: unseen, held: row('ours'), does: 'nothing', keeps: 'ours' },
  ])('and seen as $seen.state ($seen.mark) and held as $held.hold: $does, keeps $keeps', (one) => {
    expect(outcome({ things: [thing] }, one)).toEqual(expected(one))
  })
})

describe('a thing that is not wanted any more', () => {
  it.each<Case>([
    { seen: there('same', 'ours'), held: row('ours'), does: 'delete', keeps: 'ours' },
    { seen: there('different', 'ours'), held: row('ours'), does: 'delete', keeps: 'ours' },
    { seen: there('same'), held: row('ours'), does: 'delete', keeps: 'ours' },
    { seen: there('same'), held: row('intended'), does: 'delete', keeps: 'intended' },
    { seen: there('same'), held: row('left-behind'), does: 'delete', keeps: 'left-behind' },
    { seen: there('same'), held: row('adopted'), does: 'release' },
    { seen: there('same', 'ours'), held: row('adopted'), does: 'release' },
    { seen: there('different', 'ours'), held: row('adopted'), does: 'release' },
    { seen: there('same', 'foreign'), held: row('ours'), does: 'release' },
    { seen: there('same', 'offered'), held: row('ours'), does: 'release' },
    { seen: there('same', 'ours'), held: row('ours', lasting), does: 'release' },
    { seen: absent, held: row('ours'), does: 'forget' },
    { seen: absent, held: row('adopted'), does: 'forget' },
    { seen: absent, held: row('left-behind'), does: 'forget' },
    { seen: absent, held: row('intended'), does: 'nothing', keeps: 'intended' },
    { seen: absent, held: row('intended', thing, now - intendedFor + 1), does: 'nothing', keeps: 'intended' },
    { seen: absent, held: row('intended', thing, now - intendedFor), does: 'forget' },
    { seen: unseen, held: row('ours'), does: 'nothing', keeps: 'ours' },
    { seen: unseen, held: row('adopted'), does: 'nothing', keeps: 'adopted' },
  ])('and seen as $seen.state ($seen.mark) and held as $held.hold: $does, keeps $keeps', (one) => {
    expect(outcome({ things: [] }, one)).toEqual(expected(one))
  })

  it.each(['intended', 'ours', 'adopted', 'left-behind'] as const)(
    'stays while some wanted things cannot be named yet, and while it is for later: %s',
    (hold) => {
      for (const seen of [absent, there('same'), there('different', 'ours'), unseen]) {
        expect(outcome({ things: [], incomplete: true }, { seen, held: row(hold) })).toEqual({ does: 'nothing', keeps: hold })
        expect(outcome({ things: [], later: [thing] }, { seen, held: row(hold) })).toEqual({ does: 'nothing', keeps: hold })
      }
    },
  )
})

describe('a plan', () => {
  it('takes what the store says that we made for ours, though no step did, unless it is marked by somebody else', () => {
    const made: Thing = { ...thing, made: true }
    expect(outcome({ things: [made] }, { seen: there('same', 'ours') })).toEqual({ does: 'nothing', keeps: 'ours' })
    expect(outcome({ things: [thing] }, { seen: { id: 't', state: 'same', mark: 'ours', made: true } })).toEqual({
      does: 'nothing',
      keeps: 'ours',
    })
    expect(outcome({ things: [made] }, { seen: there('same', 'foreign') })).toEqual({ does: 'adopt', keeps: 'adopted' })
    expect(outcome({ things: [] }, { seen: there('same', 'ours'), held: row('ours', made) })).toEqual({ does: 'delete', keeps: 'ours' })
  })

  it('does not make what is for later', () => {
    expect(plan({ things: [], later: [thing] }, [absent], [], { adopt: false, now }).changes).toEqual([])
  })

  it('says of whom a fault or an unseen thing is', () => {
    const of = 'member' as Key
    const made = plan({ things: [{ ...thing, of }] }, [there('different', 'foreign')], [], { adopt: false, now })
    expect(made.faults).toEqual([{ code: 'NotOurs', about: { thing: 'a thing', id: 't', difference: 'it differs' }, of }])
    expect(plan({ things: [{ ...thing, of }] }, [unseen], [], { adopt: false, now }).unseen).toEqual([{ ...problem, of }])
  })

  it('passes on the faults of what was wanted', () => {
    const fault = { code: 'CredentialLimit', about: {} }
    expect(plan({ things: [], faults: [fault] }, [], [], { adopt: false, now }).faults).toEqual([fault])
  })

  it('keeps the time since when a thing is held, and writes the wanted form of it', () => {
    const wanted = { ...thing, summary: 'in new words' }
    expect(plan({ things: [wanted] }, [there('same')], [row('ours')], { adopt: false, now }).held).toEqual([
      { thing: wanted, hold: 'ours', since: now - 1000 },
    ])
  })

  it('writes down what it is about to make, and from when', () => {
    const other = { ...thing, id: 'other' }
    const changes: Change[] = [
      { action: 'create', thing, seen: absent },
      { action: 'update', thing: other, seen: there('different') },
    ]
    expect(intentions([row('ours'), row('ours', other)], changes, now)).toEqual([
      row('ours', other),
      { thing, hold: 'intended', since: now },
    ])
  })
})
