// A secret that an author keeps in a vault has a new version: the connections that follow it look now, and not within the hour. They are found by a look at all
// connections, which a rotation is rare enough for.
import type { Connection } from '../../model/connection.ts'
import { selfOf } from '../../model/readers.ts'
import { type KeptSecret, keptSecretId } from '../../model/secret-ref.ts'
import type { Store } from '../../ports/store.ts'
import { touchAndWake, type Waking } from '../touch.ts'

export async function newSecretVersion(secret: KeptSecret, waking: Waking & { readonly store: Pick<Store, 'connections'> }): Promise<void> {
  const id = keptSecretId(secret).toLowerCase()
  const follows = ({ keptSecret }: Connection): boolean =>
    keptSecret !== undefined && keptSecret.version === undefined && keptSecretId(keptSecret).toLowerCase() === id
  for await (const { self, removing } of waking.store.connections())
    if (self && !removing && follows(self)) await touchAndWake(selfOf(self), 'event', waking)
}
