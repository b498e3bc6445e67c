// A secret that an author provides with a connection: a value under a name in the Key Vault of the app, bound to the place that it was provided for. What
// it belongs to (a service principal, a user of a database) is the auth type's matter. Its value is never stored with the connection.
import type { ConnectionSpec } from './connection.ts'

/** Whose it is: a word for people, and what tells one from another. */
export type Holder = { readonly word: string; of(spec: ConnectionSpec): string | undefined }

/** What of its place has changed, in words. A secret is never moved to another place by a caller who may not know it. */
export function movedFrom(before: ConnectionSpec, now: ConnectionSpec, holder: Holder): readonly string[] {
  const places: readonly Holder[] = [
    { word: 'cluster', of: ({ cluster }) => cluster.id },
    { word: 'namespace', of: ({ namespace }) => namespace },
    { word: 'target', of: ({ targetId }) => targetId },
    { word: 'auth type', of: ({ auth }) => auth },
    holder,
    { word: 'transport', of: ({ transport }) => transport },
  ]
  return places.flatMap(({ word, of }) => (of(before)?.toLowerCase() === of(now)?.toLowerCase() ? [] : [word]))
}
