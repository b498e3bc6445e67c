// What happens to one leftover: the rule of the sweep, a pure function. docs/cleanup.md shows it as a matrix, written by its test.
//
// | what is known | verdict | act |
// |---|---|---|
// | it has an owner again | recovered | unmark |
// | in a namespace where nothing is deleted | system | |
// | no proof that the product made it | unproven | |
// | its owner opted out, or a finalizer holds it | opted out | unmark |
// | used | used | unmark; the grace begins again when it is free |
// | not all possible users could be read | unknown | |
// | free, deletion off | left over | |
// | free, deletion on, not marked by this app | marked | mark |
// | free, marked, the grace runs | marked | |
// | free, marked, the grace is over | deleted | delete |
// | free, approved by a person | deleted | delete |
import type { Suspect, Verdict } from '../model/leftover.ts'
import { past } from '../model/moments.ts'

export type Finding = {
  readonly isOwned: boolean
  readonly isSystem: boolean
  /** Why there is no proof. */
  readonly unproven?: string | undefined
  /** What of it says that it is to be kept: `annotation …`, `tag …`. */
  readonly optOut?: string | undefined
  readonly isGoing: boolean
  /** It carries the mark of a leftover; anyone can have written it. */
  readonly isMarked: boolean
  /** `unknown`: what could not be read. */
  readonly users: readonly string[] | { readonly unknown: readonly string[] }
}

export type Terms = { readonly now: number; readonly graceMs: number; readonly isOn: boolean }
type Act = 'mark' | 'unmark' | 'delete'
export type Decision = {
  readonly verdict: Verdict
  readonly reason: string
  readonly act?: Act
  /** It counts as free from this look on, or goes on to. */
  readonly isFree: boolean
  readonly users?: readonly string[]
  readonly deletableAt?: number
}

export function decide(finding: Finding, before: Pick<Suspect, 'freeSince' | 'markedAt' | 'approved'>, terms: Terms): Decision {
  // With deletion off nothing is written but what this app began.
  const unmark = before.markedAt !== undefined || (finding.isMarked && terms.isOn) ? ({ act: 'unmark' } as const) : {}
  const spared = (verdict: Verdict, reason: string): Decision => ({ verdict, reason, isFree: false, ...unmark })
  const { users } = finding
  if (finding.isOwned) return spared('recovered', 'it has an owner')
  if (finding.isSystem) return spared('system', 'nothing is deleted in this namespace')
  if (finding.unproven !== undefined) return spared('unproven', finding.unproven)
  if (finding.optOut !== undefined) return spared('opted out', `its ${finding.optOut} is disabled`)
  if (finding.isGoing) return { verdict: 'refused', reason: 'it is being deleted, and finalizers hold it', isFree: false }
  if ('unknown' in users)
    return {
      verdict: 'unknown',
      reason: `its users are not known: the app may not, or could not, list ${users.unknown.join(', ')}`,
      isFree: true,
    }
  if (users.length > 0) return { ...spared('used', `used by ${users.join(', ')}`), users }
  return freed(before, terms)
}

function freed({ freeSince, markedAt, approved }: Pick<Suspect, 'freeSince' | 'markedAt' | 'approved'>, terms: Terms): Decision {
  const { now, graceMs, isOn } = terms
  const free = { isFree: true } as const
  if (approved) return { ...free, verdict: 'deleted', reason: `approved by ${approved.by}`, act: 'delete' }
  if (!isOn) return { ...free, verdict: 'left over', reason: 'its connection is gone, nothing uses it, and deletion is off' }
  // A moment that a fast clock stored counts as now; a clock that went back makes nothing older.
  const since = markedAt === undefined ? now : Math.max(past(markedAt, now), past(freeSince ?? now, now))
  const deletableAt = since + graceMs
  if (markedAt === undefined)
    return { ...free, verdict: 'marked', reason: 'its connection is gone, and nothing uses it', act: 'mark', deletableAt }
  if (now < deletableAt) return { ...free, verdict: 'marked', reason: 'the grace is not over', deletableAt }
  return { ...free, verdict: 'deleted', reason: 'its connection is gone, and nothing used it during the grace', act: 'delete' }
}
