// Which members' pods the identity does not serve yet in the way that they ask for. What served them before stays until it does.
import type { Connection } from '../../model/connection.ts'
import { isBound } from '../../model/federation.ts'
import { serviceAccountName, serviceAccountSubject } from '../../model/names.ts'
import type { View } from '../../model/view.ts'

/** How the facts of an identity name a ServiceAccount, and what permits it to use a binding. */
export const serviceAccountFact = (of: Pick<Connection, 'cluster' | 'namespace'>): string => `${of.cluster.key}/${of.namespace}`

/** Those whose federated credential is not there. */
export function untrusted(users: readonly Connection[], view: View<'identity'>): readonly Connection[] {
  const { clientId, credentials = [] } = view.facts
  if (clientId === undefined) return []
  return users.filter((member) => {
    const { issuer } = view.of(member.cluster)
    const subject = serviceAccountSubject(member.namespace, serviceAccountName(clientId))
    return !isBound(member) && !(issuer !== undefined && credentials.includes(`${issuer}|${subject}`))
  })
}

/** Those whose identity binding is not there, or that the cluster does not permit to use it. */
export function unbound(
  users: readonly Connection[],
  { facts: { bindings = [], permitted = [] } }: View<'identity'>,
): readonly Connection[] {
  const isUsable = (member: Connection): boolean => bindings.includes(member.cluster.key) && permitted.includes(serviceAccountFact(member))
  return users.filter((member) => isBound(member) && !isUsable(member))
}
