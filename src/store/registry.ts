// Memberships and declarations as the steps see them: the store's writes, each followed by its wake.
import { linkerId } from '../model/connection.ts'
import { instanceOf, loop } from '../model/loop.ts'
import type { NameHolder, Registry } from '../ports/registry.ts'
import type { Membership, Snapshot } from '../ports/rows.ts'
import type { IsAllowed, Store, Wake } from '../ports/store.ts'

/**
 * The registry of one attempt: the joining connection is the one whose loop is being attempted, as it was read. The attempt need not read again what
 * it has written itself: unlike with requests to Azure, a table write that was answered is done. The same goes for a name that it has seen to be its
 * own: a connection that takes it away notifies the loop.
 */
export function registryOf(store: Store, wake: Wake, { row }: Snapshot, isAllowed: IsAllowed): Registry {
  const joined = new Map<string, Membership>()
  let isNamed = false
  const noted = (holder: NameHolder): NameHolder => {
    isNamed = holder === 'own'
    return holder
  }
  return {
    membership: async (connection, other) => joined.get(instanceOf(other)) ?? (await store.membership(connection, other)),
    async join(_connection, other, stage) {
      if (!row.self) return
      const { wake: isAsleep, membership } = await store.join(row.self, other, stage)
      joined.set(instanceOf(other), membership)
      if (isAsleep) await wake(other, { herd: true })
    },
    async leave(connection, other, how) {
      joined.delete(instanceOf(other))
      await store.leave(connection, other, how)
      await wake(other)
    },
    declared: (connection) => declaredIn(store, connection),
    async declare(spec) {
      const written = await store.desire(spec, isAllowed)
      if ('taken' in written) return written
      if ('changed' in written && written.changed) await wake(loop('connection', linkerId(spec.cluster.id, spec.name)))
      return 'declared'
    },
    async withdraw(connection) {
      const written = await store.remove(connection)
      if (written && 'changed' in written && written.changed) await wake(connection)
    },
    holder: async () => (isNamed ? 'own' : noted(row.self ? await store.nameHolder(row.self, isAllowed) : 'free')),
    claim: async () => noted(row.self ? await store.claimName(row.self, isAllowed) : 'free'),
  }
}

/** The registry for callers that only read. */
export function registryToRead(store: Store): Registry {
  const refuse = (): Promise<never> => Promise.reject(new TypeError('A registry for reading cannot join or declare'))
  const declared: Registry['declared'] = (connection) => declaredIn(store, connection)
  // The preflight itself compares names of hypothetical connections with each other.
  const holder: Registry['holder'] = async () => 'own'
  return { membership: store.membership, declared, holder, join: refuse, leave: refuse, declare: refuse, withdraw: refuse, claim: refuse }
}

async function declaredIn(store: Store, connection: Parameters<Registry['declared']>[0]): ReturnType<Registry['declared']> {
  const read = await store.read(connection)
  if (!read?.row.self) return undefined
  const { generation: _, ...spec } = read.row.self
  return { spec, removing: read.row.removing }
}
