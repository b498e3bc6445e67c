// Connections of Azure Service Connector on a cluster, as Azure Resource Manager answers. An answer of another shape is no answer.
// https://learn.microsoft.com/rest/api/servicelinker/linker
import { notUnderstood } from '../errors/answer.ts'
import { isRecord } from '../errors/raw.ts'
import type { ListedObject } from '../model/leftover.ts'
import { serviceAccountName } from '../model/names.ts'
import type { Arm } from '../ports/azure.ts'
import { clusterApi } from '../steps/cluster/cluster-api.ts'
import { connectionPart } from './upstream-objects.ts'

/** The newest: an older one leaves out what it does not know, such as the Kubernetes extension of App Configuration. */
const linkerApi = '2024-07-01-preview'

export type Linker = { readonly name: string; readonly clientId?: string }
export type WholeLinker = { readonly name: string; readonly properties: Readonly<Record<string, unknown>> }

const doingIn = (clusterId: string): string => `list the connections of Azure Service Connector on ${clusterId}`

/** Throws `Failure`. A cluster that is not there has no list that counts. */
export async function linkersOf(clusterId: string, arm: Pick<Arm, 'get' | 'list'>): Promise<readonly Linker[]> {
  const all = await wholeLinkersOf(clusterId, arm)
  if (!all) throw notUnderstood(doingIn(clusterId), 'the cluster itself is not found')
  return all.map(({ name, properties }) => {
    const auth = isRecord(properties['authInfo']) ? properties['authInfo'] : {}
    return { name, ...(typeof auth['clientId'] === 'string' ? { clientId: auth['clientId'] } : {}) }
  })
}

/** Throws `Failure`. `undefined`: there is no such cluster. */
export async function wholeLinkersOf(clusterId: string, arm: Pick<Arm, 'get' | 'list'>): Promise<readonly WholeLinker[] | undefined> {
  if ((await arm.get(clusterId, clusterApi)) === undefined) return undefined
  const rows = await arm.list(`${clusterId}/providers/Microsoft.ServiceLinker/linkers`, linkerApi)
  return rows.map(({ name, properties }) => {
    if (typeof name === 'string' && isRecord(properties)) return { name, properties }
    throw notUnderstood(doingIn(clusterId), 'a connection has no name or no properties')
  })
}

/** Azure Service Connector leaves out of a name what is neither a letter nor a digit; here case does not matter either. */
const spelled = (name: string): string => name.replaceAll(/[^a-zA-Z0-9]/g, '').toLowerCase()

/** Whatever its namespace: when in doubt a connection has the object. */
export function wouldHave({ name, clientId }: Linker, object: ListedObject): boolean {
  if (object.kind === 'ServiceAccount') return clientId !== undefined && serviceAccountName(clientId) === object.name.toLowerCase()
  return spelled(name) === spelled(connectionPart(object) ?? '')
}

/** Whether the connection is there that the object's name leads to: a second question, beside the list. Throws `Failure`. */
export async function linkerIn(clusterId: string, object: ListedObject, arm: Pick<Arm, 'get'>): Promise<boolean> {
  const name = connectionPart(object)
  // The name of a ServiceAccount has only the client id.
  if (name === undefined) return false
  return (await arm.get(`${clusterId}/providers/Microsoft.ServiceLinker/linkers/${encodeURIComponent(name)}`, linkerApi)) !== undefined
}
