// The managed identity endpoint fails before it gives a token. One story for all: a token that was given once is kept for the life of the process.
import { expect, it } from 'vitest'
import { useScenarios } from '../scenarios/scenario.ts'

const scenario = useScenarios()
const hour = 3_600_000
const failing = [
  { status: 500, body: { error: 'internal' } },
  { status: 429, headers: { 'retry-after': '1' }, body: { error: 'too many requests' } },
  { status: 503, body: { error: 'unavailable' } },
  'reset',
] as const

it('connects though each of its tokens is refused in every way first', async () => {
  const story = await scenario()
  const places = ['storage.azure.com', 'management.azure.com', '6dae42f8-4368-4678-94ff-3960e28e3630']
  const faults = places.flatMap((resource) =>
    failing.map((answer) => story.cloud.faults.add({ match: { service: 'identity', path: new RegExp(resource) }, times: 1, answer })),
  )
  await story.until('a policy to be taken', async () => (await story.call('ada', 'PUT', '/policies/all', { allow })).status < 300, hour)
  await story.until(
    'the connection to be asked for',
    async () => (await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })).status < 300,
    hour,
  )
  await story.reaches('photos', 'Succeeded', 3 * hour)
  expect(faults.map(({ hits }) => hits)).toEqual(faults.map(() => 1))
  await story.clock.pass(hour / 6) // until the role counts
  expect((await story.pod('photos')).exitCode).toBe(0)
  // what could not reach the table is logged; nothing else could tell
  expect(story.errors.filter((line) => !/lost|not advanced|request failed|Managed|Identity|token/i.test(line))).toEqual([])
  story.errors.splice(0)
  await story.removeLinker('photos')
  await story.vanishes('photos', 3 * hour)
  expect(story.changes()).toEqual([])
}, 120_000)

const allow = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'], changeClusters: true }
