// One case: a connect and a disconnect with one fault in them. Answers what is wrong with how it ended; `undefined` = it survived.
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import type { Story } from '../scenarios/story.ts'
import { matchOf } from './calls.ts'
import { type Case, kindOf } from './matrix.ts'
import { beginStory, connect, disconnect, type End, endOf } from './undisturbed.ts'

const minute = 60_000

export type Verdict = { readonly hits: number; readonly wrong?: string }

export async function tryCase(one: Case, expected: End, azurite: AzuriteHandle): Promise<Verdict> {
  const story = await beginStory(azurite, one.kind === 'timeout')
  const { answer, times, told } = kindOf(one)
  let fault = { hits: 0, remove() {} }
  const begin = (): void => {
    fault = story.cloud.faults.add({
      match: matchOf(one.call, story.cloud.app.principalId),
      after: one.after,
      ...(times === undefined ? {} : { times }),
      answer: answer(one.call),
    })
  }
  const problem = told?.(one.call, one.after)
  const lift =
    problem &&
    (() =>
      toldAndLifted(
        story,
        problem,
        () => fault.hits,
        () => fault.remove(),
      ))
  const wrong: string[] = []
  try {
    if (one.phase === 'connect') begin()
    await connect(story, one.auth, one.phase === 'connect' ? lift : undefined)
    const end = await endOf(story)
    if (JSON.stringify(end) !== JSON.stringify(expected)) wrong.push(`it ended in ${JSON.stringify(end)}`)
    if (one.phase === 'disconnect') begin()
    await disconnect(story, one.phase === 'disconnect' ? lift : undefined)
    const left = story.changes()
    if (left.length > 0) wrong.push(`it left ${left.join(', ')}`)
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error))
  }
  // a table that does not answer is logged, and must be: nothing else could tell
  const logged = (await story.close()).filter((line) => one.call.service !== 'storage' || line.includes('rule'))
  wrong.push(...logged)
  return { hits: fault.hits, ...(wrong.length > 0 ? { wrong: wrong.join('\n') } : {}) }
}

/** What stays forbidden is told with the right that is missing; then a person gives it. */
async function toldAndLifted(story: Story, problem: RegExp, hits: () => number, lift: () => void): Promise<void> {
  const done = async (state: string | undefined, status: number): Promise<boolean> =>
    status === 404 || (state === 'Succeeded' && hits() === 0)
  await story.until(
    `${problem} to be told`,
    async () => {
      const { state, status, properties } = await story.linker('photos')
      return problem.test(JSON.stringify(properties)) || (await done(state, status))
    },
    40 * minute,
  )
  await story.clock.pass(3 * minute)
  lift()
}
