// What all ways of making a change by hand share: run unchanged, the commands leave exactly what the app would have made, owner marks included, so
// that it recognizes the result as its own.

import type { Change, ManagedObject } from '../../model/managed-object.ts'
import type { Problem } from '../../model/problem.ts'

export type Commands = NonNullable<Problem['commands']>
type Way = keyof Commands

/** Ways without text are left out; `undefined`: nothing can be done by hand. */
export function commandsOf(ways: Readonly<Partial<Record<Way, string>>>): Commands | undefined {
  const said = Object.entries(ways).filter(([, text]) => text !== '')
  return said.length > 0 ? Object.fromEntries(said) : undefined
}

/** Several lists of commands as one. */
export function joined(all: readonly (Commands | undefined)[]): Commands | undefined {
  const known = all.filter((one) => one !== undefined)
  const ways = [...new Set(known.flatMap((one) => Object.keys(one) as Way[]))]
  return commandsOf(Object.fromEntries(ways.map((way) => [way, known.flatMap((one) => one[way] ?? []).join('\n')])))
}

type Write<T extends ManagedObject> = (object: T, index: number) => string

/** One line per change: what to run if the object must exist, if it differs (absent: as if it were created), and if it must go. */
export const lines = <T extends ManagedObject>(
  changes: readonly Change<T>[],
  { make, update = make, remove }: { readonly make: Write<T>; readonly update?: Write<T>; readonly remove: (change: Change<T>) => string },
): string =>
  changes
    .map((change, index) =>
      change.action === 'delete' ? remove(change) : change.action === 'update' ? update(change.object, index) : make(change.object, index),
    )
    .filter((line) => line !== '')
    .join('\n')

/** Bicep and Terraform declare what is created; the owner of the file deletes from it what goes. */
export const declared = <T extends ManagedObject>(changes: readonly Change<T>[], write: Write<T>): string =>
  changes
    .filter(({ action }) => action === 'create')
    .map(({ object }, index) => write(object, index))
    .join('\n')
