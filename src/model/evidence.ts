// Lists are evidence. What a list says about a loop's objects is stored in the loop's row as one digest per list; when the next list differs, the
// loop is woken and reads for itself. A list only ever wakes: it may lag, and what is missing in it may still exist. Because only a change wakes, a
// list that stays wrong wakes once.
import { createHash } from 'node:crypto'

/** Digests by the list's name. */
export type Evidence = Readonly<Record<string, string>>

/** `nothing`: the list was read and has nothing about this loop. */
export const nothing = ''

export const digestOf = (listed: unknown): string => createHash('sha256').update(JSON.stringify(listed)).digest('base64url').slice(0, 16)

/**
 * `wake`: something that was there is missing, recreated or changed. `note`: it appears for the first time, which the loop itself knows best.
 * `undefined`: the list says the same as before.
 */
export function judge(before: Evidence | undefined, list: string, digest: string): 'wake' | 'note' | undefined {
  const was = before?.[list] ?? nothing
  if (was === digest) return undefined
  return was === nothing ? 'note' : 'wake'
}
