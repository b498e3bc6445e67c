// The embedded host against recordings of a real Functions host: the same requests, the same answers, histories and invocations.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Difference, inLanes, replay, type Scenario, scenarios, transcripts } from './conformance.ts'
import { knownDifferences, notReplayed } from './known-differences.ts'

const recorded = scenarios.filter(({ name }) => existsSync(join(transcripts, 'scenarios', `${name}.json`)))
const replayed = recorded.filter(({ name }) => notReplayed[name] === undefined)
/** The slowest first, so that the lanes end together. */
const slow = ['orchestrator-throws', 'unregistered-activity', 'sleep-per-execution', 'stale-waiter-in-one-execution', 'start-ids']
const inOrder = replayed.toSorted((a, b) => Number(slow.includes(b.name)) - Number(slow.includes(a.name)))

const time = /^<t([+-]\d+)\|[^>]*>$/
const isJitter = ({ left, right }: Difference): boolean => {
  const [a, b] = [left, right].map((text) => Number(time.exec(String(text))?.[1] ?? Number.NaN))
  return a !== undefined && b !== undefined && Math.abs(a - b) <= 5000
}

const isListed = (name: string, { where }: Difference) =>
  knownDifferences.some((known) => known.scenarios.includes(name) && known.where.test(where))
const unlisted = (name: string, all: readonly Difference[]) => all.filter((each) => !isJitter(each) && !isListed(name, each))
/** Many scenarios race at once on a busy machine; a real difference is there also when one has the machine to itself. */
const replayAlone = async (differences: Map<Scenario, Difference[]>): Promise<void> => {
  for (let attempt = 0; attempt < 2; attempt++)
    for (const [scenario, all] of differences)
      if (unlisted(scenario.name, all).length > 0) differences.set(scenario, await replay(scenario))
}
const shown = ({ where, left, right }: Difference) =>
  `${where}\n  real host: ${JSON.stringify(left)?.slice(0, 300)}\n  here:      ${JSON.stringify(right)?.slice(0, 300)}`

describe('a recorded scenario', () => {
  let differences: Map<Scenario, Difference[]>
  beforeAll(async () => {
    // Source maps change the first line of an empty error's stack, which is part of what an orchestrator sees.
    Reflect.deleteProperty(Error, 'prepareStackTrace')
    process.setSourceMapsEnabled(false)
    differences = await inLanes(12, inOrder, replay)
    await replayAlone(differences)
  }, 180_000)

  for (const scenario of replayed)
    it(`gives what the real host gave: ${scenario.name}`, () => {
      expect(unlisted(scenario.name, differences.get(scenario) ?? []).map(shown)).toEqual([])
    })

  for (const known of knownDifferences.filter(({ dependsOnSpeed }) => dependsOnSpeed !== true))
    for (const name of known.scenarios)
      it(`still differs as listed: ${name}, ${known.why}`, () => {
        const found = [...differences].flatMap(([scenario, all]) => (scenario.name === name ? all : []))
        expect(found.some(({ where }) => known.where.test(where))).toBe(true)
      })
})

it('lists as not replayed only what is recorded', () => {
  expect(Object.keys(notReplayed).filter((name) => !recorded.some((scenario) => scenario.name === name))).toEqual([])
})
