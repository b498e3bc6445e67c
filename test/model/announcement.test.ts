import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Announced, type CloudEvent, type Seen, tellingOf } from '../../src/model/announcement.ts'

const subject = {
  id: '/linkers/photos',
  name: 'photos',
  cluster: '/c1',
  namespace: 'a',
  target: '/t',
  targetType: 'storage-blob',
  authType: 'secret',
}
const seen: fc.Arbitrary<Seen | undefined> = fc
  .option(
    fc.record({
      life: fc.integer({ min: 1, max: 2 }),
      generation: fc.integer({ min: 1, max: 2 }),
      is: fc.constantFrom('ready', 'blocked', 'on its way'),
      code: fc.constantFrom('NotAllowed', 'TargetMissing'),
    }),
    { nil: undefined },
  )
  .map(
    (one) =>
      one && {
        life: one.life,
        generation: one.generation,
        subject,
        is: one.is as Seen['is'],
        ...(one.is === 'blocked' ? { problem: { code: one.code, text: 'why' } } : {}),
      },
  )
/** `lost`: the answer of the endpoint was lost, or what was told could not be noted. */
const run = fc.record({ now: seen, how: fc.constantFrom('told', 'refused', 'lost') })
/** What is gone does not come back: what takes its name later has a later life. */
const runs = fc.array(run, { maxLength: 12 }).map((all) => {
  let life = 0
  return all.map(({ now, how }) => {
    life = now ? Math.max(life, now.life) : life + 1
    return { now: now && { ...now, life }, how }
  })
})

const kind = ({ type }: CloudEvent): string => type.replace('service-connector.connection.', '')
const stateOf = (now: Seen): string => `${now.life} ${now.generation} ${now.is} ${now.problem?.code ?? ''}`

describe('what is told of a connection', () => {
  it('ends in how it is, whatever was lost on the way, and nothing is told that was known', () => {
    fc.assert(
      fc.property(runs, (all) => {
        let noted: Announced | undefined
        const received = new Map<string, CloudEvent>()
        for (const [at, { now, how }] of [...all, { now: all.at(-1)?.now, how: 'told' }].entries()) {
          const { events, is } = tellingOf('key', noted, now, at)
          if (events.length > 0 && is) noted = { ...is, unsure: true }
          if (how === 'refused') continue
          for (const event of events) {
            const former = received.get(event.id)
            // Who has seen an event can leave out another of its id.
            if (former) expect({ ...event, time: '' }).toEqual({ ...former, time: '' })
            received.delete(event.id)
            received.set(event.id, event)
          }
          if (how === 'lost') continue
          noted = is
          if (now && now.is !== 'on its way') expect(stateOf(now)).toBe(`${is?.life} ${is?.generation} ${is?.is} ${is?.code ?? ''}`)
          expect(tellingOf('key', noted, now, at).events).toEqual([])
        }
        const now = all.at(-1)?.now
        const last = [...received.values()].at(-1)
        if (!now) expect(last === undefined || kind(last) === 'removed').toBe(true)
        else if (now.is !== 'on its way') expect(now.is === 'blocked' ? ['blocked'] : ['ready', 'repaired']).toContain(last && kind(last))
      }),
    )
  })

  it('is repaired only where the same definition was ready before', () => {
    const at = (is: Seen['is'], generation = 1): Seen => ({
      life: 1,
      generation,
      subject,
      is,
      ...(is === 'blocked' ? { problem: { code: 'X', text: '' } } : {}),
    })
    const story = (...all: readonly (Seen | undefined)[]): readonly string[] => {
      let noted: Announced | undefined
      return all.flatMap((now) => {
        const { events, is } = tellingOf('key', noted, now, 0)
        noted = is
        return events.map(kind)
      })
    }
    expect(story(at('on its way'), undefined)).toEqual([])
    expect(story(at('blocked'), at('on its way'), at('ready'))).toEqual(['blocked', 'ready'])
    expect(story(at('ready'), at('blocked'), at('blocked'), at('ready'))).toEqual(['ready', 'blocked', 'repaired'])
    expect(story(at('ready'), at('blocked', 2), at('ready', 2))).toEqual(['ready', 'blocked', 'ready'])
    expect(story(at('ready'), { ...at('ready'), life: 2 }, undefined)).toEqual(['ready', 'removed', 'ready', 'removed'])
  })
})
