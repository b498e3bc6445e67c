// Gone or not: a resource counts as gone if reads some minutes apart were answered `not found`, and a second witness does not know it either: Azure
// Resource Graph, which has its own index. ARM alone proves little: it answers so while a resource moves, while its cache is behind, and for half an
// hour in an incident. A 403 or an error proves nothing and is thrown before. Both can be wrong for long (the graph is sometimes hours behind), so
// after a day without any trace ARM alone is enough: nothing waits forever.

import { Failure } from '../errors/failure.ts'
import { past } from '../model/moments.ts'
import { minute } from '../model/words.ts'
import type { Ports } from '../ports/ports.ts'

type Missing = { readonly missingSince: number; readonly gone?: true }
type PlannedStep = { readonly facts: Missing; readonly nextRunAt?: number; readonly until: number }

/** `afterMs`: how long it must be missing; `atMostMs`: after which no witness is needed. */
export async function missing(
  before: { readonly missingSince?: number; readonly gone?: true },
  { now, afterMs, atMostMs }: { readonly now: number; readonly afterMs: number; readonly atMostMs: number },
  isListed: () => Promise<boolean>,
): Promise<PlannedStep> {
  const missingSince = past(before.missingSince ?? now, now)
  const until = missingSince + afterMs
  if (before.gone) return { facts: { missingSince, gone: true }, until }
  // At least one read in between, so that a cluster that is back continues soon.
  if (now < until) return { facts: { missingSince }, nextRunAt: Math.min(until, now + 10 * minute), until }
  const last = Math.max(until, missingSince + atMostMs)
  // A refusal by the graph proves nothing either way.
  const mayBeThere = await isListed().catch((error: unknown) => {
    if (error instanceof Failure) return true
    throw error
  })
  if (!mayBeThere || now >= last) return { facts: { missingSince, gone: true }, until }
  return { facts: { missingSince }, nextRunAt: Math.min(last, now + 15 * minute), until: last }
}

export const notMissing = { missingSince: undefined, gone: undefined } as const

/** For a read that would conclude on its own that everything in a resource is gone with it. Throws if Azure contradicts itself. */
export async function surelyAbsent(id: string, name: string, ports: Pick<Ports, 'isListed'>): Promise<void> {
  if (!(await ports.isListed(id))) return
  throw new Failure({ class: 'transient', code: 'StillListed', about: { resource: name, doing: `find ${name}` } })
}
