// Carries out what was decided about objects of a cluster: marks, unmarks, deletes. One after the other, or all at the same time where they go as one command.
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { type ListedObject, refText, type Suspect } from '../model/leftover.ts'
import { kubernetesAnnotations } from '../model/names.ts'
import { timeText } from '../model/words.ts'
import type { SweptCluster } from '../ports/sweep.ts'
import type { Candidate } from './candidate.ts'
import type { Decision } from './decide.ts'

export type Draft = Suspect & { readonly deletableAt?: number }
/** `was`: as the store remembers it. */
export type Plan = {
  readonly candidate: Candidate
  readonly was: Suspect | undefined
  readonly draft: Draft
  readonly act?: NonNullable<Decision['act']>
}
type Acting = { readonly swept: SweptCluster; readonly now: number }

/** Questions before marks and deletes that go at the same time. */
const askedAtOnce = 8

/** Whether an object is still left over is asked right before it is deleted, or before all are. */
export async function carriedOut(plans: readonly Plan[], of: Acting): Promise<readonly Plan[]> {
  const { atOnce } = of.swept
  if (atOnce !== undefined) {
    const starts = await mapConcurrent(plans, askedAtOnce, (plan) => start(plan, of))
    return await Promise.all(starts.map((go) => go()))
  }
  const done: Plan[] = []
  for (const plan of plans) done.push(await (await start(plan, of))())
  return done
}

/** What is needed before the act, and then the act, which sends its request before anything else. */
async function start(plan: Plan, of: Acting): Promise<() => Promise<Plan>> {
  const { candidate, draft, act } = plan
  const ended = (one: Draft): Plan => ({ ...plan, draft: one })
  const failed = (error: unknown): Plan => {
    if (!(error instanceof Failure)) throw error
    const isStale = error.fields.class === 'stale'
    const reason = isStale ? 'it changed since it was listed, so it is judged again' : problemOf(error.fields).text
    return ended({ ...draft, verdict: isStale ? 'waiting' : 'refused', reason })
  }
  if (act === undefined) return async () => plan
  try {
    if (act === 'delete' && !(await candidate.isStillLeft())) {
      const back = ended({ ...draft, verdict: 'waiting', reason: 'its connection came back just now' })
      return async () => back
    }
  } catch (error) {
    const refused = failed(error)
    return async () => refused
  }
  return () => done(act, draft, candidate, of).then(ended, failed)
}

async function done(act: NonNullable<Decision['act']>, draft: Draft, { object }: Candidate, { swept, now }: Acting): Promise<Draft> {
  if (act === 'mark') {
    const version = await swept.mark(object, markText(object, draft.deletableAt ?? now), now)
    return { ...seenAs(draft, version), markedAt: now }
  }
  if (act === 'unmark') {
    const { markedAt: _, ...unmarked } = draft
    return seenAs(unmarked, await swept.unmark(object))
  }
  await swept.remove(object)
  return draft
}

function seenAs({ version: _, ...draft }: Draft, version: string | undefined): Draft {
  return version === undefined ? draft : { ...draft, version }
}

const markText = (object: ListedObject, deletableAt: number): string =>
  `${refText(object)} is left over: its connection is gone. Unless it is used, it is deleted after ${timeText(deletableAt)}. To keep it, annotate it with ${kubernetesAnnotations.prune}=disabled.`
