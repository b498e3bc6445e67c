import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../../src/model/connection.ts'
import type { ConnectionFacts, TargetFacts } from '../../../src/model/facts.ts'
import type { LedgerEntry } from '../../../src/model/managed-object.ts'
import { selfOf } from '../../../src/model/readers.ts'
import type { View } from '../../../src/model/view.ts'
import { rotateKeys } from '../../../src/steps/target/rotate-keys.ts'
import { allowAll } from '../../model/allow-all.ts'
import { attempted, connection, fakeArm, following, minutes, now, portsOf, refusal, stdata, targetFacts, viewOf } from '../builders.ts'

const byKey = (name: string, of: Partial<Connection> = {}): Connection => connection({ name, auth: 'secret', ...of })
const [a, b] = [byKey('a'), byKey('b')]
const overlapMs = 30 * minutes
const rotation = { at: now - 1, overlapMs }
const rotating = [{ name: 'all', allow: { ...allowAll, rotateKeys: true } }]

type Given = Partial<Pick<View<'target'>, 'members' | 'policies' | 'rotation' | 'now'>> & {
  readonly facts?: Partial<TargetFacts>
  readonly secrets?: Readonly<Record<string, Partial<ConnectionFacts>>>
  readonly tracked?: readonly LedgerEntry[]
}
/** Members have Secrets with the former key, unless it says otherwise. */
function view({ facts, secrets = {}, tracked = [], ...rest }: Given = {}): View<'target'> {
  const members = rest.members ?? [a, b]
  return viewOf(stdata, {
    members,
    policies: rotating,
    rotation,
    ...rest,
    facts: targetFacts(facts),
    others: members.map((member) => [
      selfOf(member),
      { consent: 'granted', secretName: `sc-${member.name}-secret`, ...secrets[member.name] },
    ]),
    tracked: { 'rotate-keys': tracked },
  })
}
const regenerations = ({ calls }: ReturnType<typeof fakeArm>): number => calls.filter((call) => call.endsWith('/regenerateKey')).length
const switched = { a: { keyOf: rotation.at }, b: { keyOf: rotation.at } }

/** Attempts until nothing changes any more, as the loop makes them. */
async function settle(from: View<'target'>, arm: ReturnType<typeof fakeArm>) {
  let at = from
  for (let rest = 6; rest > 0; rest--) {
    const run = await attempted(rotateKeys, at, portsOf({ arm }))
    const next = following(rotateKeys, at, run)
    if (JSON.stringify(next.facts) === JSON.stringify(at.facts) && run.changed.length === 0) return { run, view: next }
    at = next
  }
  throw new Error('It goes on and on')
}

describe('rotate-keys', () => {
  it('reads and changes nothing where it was not requested', async () => {
    const arm = fakeArm()
    const { rotation: _, ...unrequested } = view()
    const run = await attempted(rotateKeys, unrequested, portsOf({ arm }))
    expect([arm.calls, run.facts]).toEqual([[], undefined])
  })

  it('regenerates the key that no Secret has, says that it is the one to use, and waits for each Secret', async () => {
    const arm = fakeArm()
    const { run, view: after } = await settle(view({ secrets: { b: { keyOf: rotation.at } } }), arm)
    expect(arm.keys).toEqual({ key1: 'key-1', key2: 'key-2+' })
    expect(after.facts.keys).toEqual({ slot: 'secondary', rotation: rotation.at })
    expect(run.waits).toMatchObject([{ member: a.key, text: expect.stringContaining('the Secret of a in namespace orders') }])
  })

  it.each([{ bindingSecret: 'sc-b-binding' }, { daprSecret: 'sc-b-dapr' }])(
    'waits for another Secret of a connection as well',
    async (other) => {
      const secrets = { ...switched, b: { keyOf: rotation.at, ...other } }
      expect((await settle(view({ secrets }), fakeArm())).run.waits).toMatchObject([{ member: b.key }])
      const both = { ...secrets, b: { ...secrets.b, shapesKeyOf: rotation.at } }
      expect((await settle(view({ secrets: both }), fakeArm())).run.waits).toEqual([])
    },
  )

  it('lets both keys work for the overlap once every Secret has the new one, and then ends the former', async () => {
    const arm = fakeArm()
    const { view: waiting, run } = await settle(view({ secrets: switched }), arm)
    const until = now + overlapMs
    expect(waiting.facts.keys).toEqual({ slot: 'secondary', rotation: rotation.at, until })
    expect([run.nextRunAt, regenerations(arm)]).toEqual([until, 1])
    const { view: ended } = await settle({ ...waiting, now: until }, arm)
    expect(arm.keys).toEqual({ key1: 'key-1+', key2: 'key-2+' })
    expect(ended.facts).toMatchObject({ keys: { slot: 'secondary' }, rotation: { endedAt: until } })
    expect((await settle(ended, arm)).run.tracked).toEqual([])
  })

  it('takes the keys in turn: the next rotation ends with the first one in use', async () => {
    const arm = fakeArm()
    const facts = { keys: { slot: 'secondary' } } as const
    expect((await settle(view({ facts, secrets: switched }), arm)).view.facts.keys).toMatchObject({ slot: 'primary' })
    expect(arm.keys).toEqual({ key1: 'key-1+', key2: 'key-2' })
  })

  it('does not end the former key while a Secret still has it, however long that takes, nor while one is unknown', async () => {
    const arm = fakeArm()
    const { view: waiting } = await settle(view({ secrets: switched }), arm)
    const late = byKey('late')
    for (const facts of [{ consent: 'granted', secretName: 'sc-late-secret' }, {}] as const) {
      const others = [a, b, late].map((one) => [selfOf(one), one === late ? facts : { consent: 'granted', keyOf: rotation.at }] as const)
      const joined = {
        ...waiting,
        ...viewOf(stdata, { others }),
        members: [a, b, late],
        facts: waiting.facts,
        policies: rotating,
        rotation,
      }
      await settle({ ...joined, tracked: waiting.tracked, now: now + 24 * 60 * minutes }, arm)
      expect(arm.keys['key1']).toBe('key-1')
    }
  })

  it('needs a policy that says so, also half-way', async () => {
    const arm = fakeArm()
    const { view: waiting } = await settle(view({ secrets: switched }), arm)
    for (const before of [view(), { ...waiting, now: now + overlapMs }]) {
      const calls = regenerations(arm)
      const run = await attempted(
        rotateKeys,
        following(rotateKeys, before, await attempted(rotateKeys, before, portsOf({ arm: fakeArm() })), {
          policies: [{ name: 'all', allow: allowAll }],
        }),
        portsOf({ arm }),
      )
      expect(run.problems).toMatchObject([{ code: 'RotationNotAllowed' }])
      expect(regenerations(arm)).toBe(calls)
    }
  })

  it('reports the lines for a person where it may not do it, and goes on when that person has', async () => {
    const arm = fakeArm()
    const first = following(rotateKeys, view(), await attempted(rotateKeys, view(), portsOf({ arm })))
    const reported = await attempted(rotateKeys, first, portsOf({ arm }), { mode: 'report' })
    expect(reported.report?.commands?.cli).toBe(
      `az rest --method post --url '${stdata.id}/regenerateKey?api-version=2024-01-01' --body '{"keyName":"key2"}' --output none`,
    )
    arm.keys = { ...arm.keys, key2: 'by hand' }
    expect((await settle(following(rotateKeys, first, reported), arm)).view.facts.keys).toMatchObject({ slot: 'secondary' })
    expect(regenerations(arm)).toBe(0)
  })

  it('goes on after a refusal where it stopped', async () => {
    const arm = fakeArm()
    const first = following(rotateKeys, view(), await attempted(rotateKeys, view(), portsOf({ arm })))
    arm.refuse = (call) => (call.endsWith('/regenerateKey') ? refusal({ code: 'RightMissing' }) : undefined)
    const refused = await attempted(rotateKeys, first, portsOf({ arm }))
    expect(refused.failure?.fields.code).toBe('RightMissing')
    arm.refuse = () => undefined
    expect((await settle(following(rotateKeys, first, refused), arm)).view.facts.keys).toMatchObject({ slot: 'secondary' })
  })

  it('ends where no connection uses a key any more: it would be done for no one', async () => {
    const arm = fakeArm()
    const { view: waiting } = await settle(view(), arm)
    const { view: left } = await settle({ ...waiting, members: [connection({ name: 'c' })] }, arm)
    expect(left.facts).toMatchObject({ keys: { slot: 'secondary' }, rotation: { isAbandoned: true, endedAt: now } })
    expect(regenerations(arm)).toBe(1)
  })

  it('never takes a working key away from a Secret, whatever gets lost on the way, and comes to its end', async () => {
    const event = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('attempt' as const),
          lost: fc.constantFrom('nothing', 'nothing', 'the record', 'the answer'),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('switch' as const), which: fc.constantFrom(0, 1) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 20 }) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        const arm = fakeArm()
        const slots = { primary: 'key1', secondary: 'key2' } as const
        const secrets = [a, b].map((member) => ({ member, key: arm.keys['key1'], keyOf: undefined as number | undefined, since: now }))
        let at = view()
        const see = (): View<'target'> => ({
          ...at,
          of: viewOf(stdata, {
            others: secrets.map(({ member, keyOf }) => [selfOf(member), { consent: 'granted', secretName: 's', keyOf }]),
          }).of,
        })
        /** The Secrets always have a key that works, and what pods read within the overlap works as well. */
        const check = (): void => {
          for (const { key } of secrets) expect(Object.values(arm.keys)).toContain(key)
          if (secrets.some(({ since }) => at.now < since + overlapMs))
            expect([arm.keys['key1'], at.facts.keys?.slot ?? 'primary']).toEqual(['key-1', expect.anything()])
        }
        const attempt = async (lost: string): Promise<void> => {
          const before = see()
          let isSent = false
          arm.refuse = (call) => {
            if (isSent && lost === 'the answer') return refusal({ class: 'transient', code: 'Unexpected' })
            isSent = call.endsWith('/regenerateKey')
            return undefined
          }
          const run = await attempted(rotateKeys, before, portsOf({ arm }))
          arm.refuse = () => undefined
          if (lost !== 'the record') at = following(rotateKeys, before, run)
          check()
        }
        const change = (which: number): void => {
          const mine = secrets[which]
          const keys = at.facts.keys
          if (!mine || !keys) return
          const key = arm.keys[slots[keys.slot]]
          if (mine.key !== key) Object.assign(mine, { key, since: at.now })
          if (keys.rotation !== undefined) mine.keyOf = keys.rotation
          check()
        }
        for (const one of events) {
          if (one.do === 'attempt') await attempt(one.lost)
          else if (one.do === 'switch') change(one.which)
          else at = { ...at, now: at.now + one.minutes * minutes }
        }
        for (let rounds = 0; rounds < 8 && at.facts.rotation?.endedAt === undefined; rounds++) {
          for (let tries = 0; tries < 3; tries++) await attempt('nothing')
          for (const which of [0, 1]) change(which)
          at = { ...at, now: at.now + overlapMs }
        }
        expect(at.facts).toMatchObject({ keys: { slot: 'secondary' }, rotation: { endedAt: expect.any(Number) } })
        expect(arm.keys).toEqual({ key1: expect.not.stringMatching(/^key-1$/), key2: expect.not.stringMatching(/^key-2$/) })
      }),
      { numRuns: 50 },
    )
  })
})
