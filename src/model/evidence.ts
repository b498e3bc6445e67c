// Lists are evidence. What a list shows of a loop's things is remembered in the loop's row as a digest, by list; where the next list shows something
// else, the loop is woken and looks for itself. A list only ever wakes: it may lag, and what is missing in it may be there all the same. Because only a
// change wakes, a list that goes on being wrong wakes once.
import { createHash } from 'node:crypto'

/** Digests by the list's name. */
export type Evidence = Readonly<Record<string, string>>

/** `nothing`: there was a list, and it showed nothing of this loop. */
export const nothing = ''

export const digestOf = (sanitize: unknown): string =>
  createHash('sha256').update(JSON.stringify(sanitize)).digest('base64url').slice(0, 16)

/**
 * `wake`: something that was there is missing, made again or changed. `note`: it is seen for the first time, which the loop knows best itself.
 * `undefined`: the list shows what it showed before.
 */
export function judge(before: Evidence | undefined, list: string, sanitize: string): 'wake' | 'note' | undefined {
  const was = before?.[list] ?? nothing
  if (was === sanitize) return undefined
  return was === nothing ? 'note' : 'wake'
}
