// Whether a marked resource is what the app would have made. Pure: names are digests of what they are for, so they are computed again.
import { type Key, keyOf } from '../model/loop.ts'
import { credentialName, identityName, identityTags, loopOfRoleAssignmentMark, roleAssignmentName } from '../model/names.ts'
import { parseResourceId, sameId } from '../model/resource-id.ts'
import type { Credential, Identity } from '../ports/azure.ts'
import type { AssignmentInAzure, MadeInAzure } from '../ports/sweep.ts'
import { asKey } from './own-objects.ts'

/** Why there is no proof; `undefined`: its tags are those of the app, and its name follows from a cluster, a namespace and a workload. */
export function wrongIdentity(
  { id, owner }: MadeInAzure,
  { tags }: Identity,
  installation: string,
  cluster: string | undefined,
): string | undefined {
  if (tags[identityTags.installation] !== installation || tags[identityTags.loop] !== owner) return 'its tags changed'
  if (keyOf(id) !== owner) return 'its tag names another identity'
  return cluster === undefined ? 'its name does not follow from a cluster, a namespace and a workload' : undefined
}

/** Id of the cluster that an identity's name follows from: one of those that are known, or one in the identity's own group. */
export function clusterOf(id: string, installation: string, clusters: readonly string[]): string | undefined {
  const parsed = parseResourceId(id)
  const name = parsed?.name.toLowerCase() ?? ''
  const [, words = ''] = /^sc-(.+)-[a-z2-7]{26}$/.exec(name) ?? []
  const group = id.slice(0, id.toLowerCase().indexOf('/providers/'))
  const parts = words.split('-')
  const of = (from: number, to: number): string => parts.slice(from, to).join('-')
  for (let first = 1; first < parts.length - 1; first++) {
    const beside = `${group}/providers/Microsoft.ContainerService/managedClusters/${of(0, first)}`
    const known = clusters.filter((cluster) => cluster.toLowerCase().endsWith(`/${of(0, first)}`))
    for (let second = first + 1; second < parts.length; second++)
      for (const cluster of [beside, ...known]) {
        const [namespace, workload] = [of(first, second), of(second, parts.length)]
        const key = keyOf([installation, cluster, namespace, workload].join('|'))
        if (name === identityName({ cluster: of(0, first), namespace, workload, key }).toLowerCase()) return cluster
      }
  }
  return undefined
}

export function wrongAssignment(
  { id, owner }: MadeInAzure,
  { scope, principalId, roleDefinitionId, description }: AssignmentInAzure,
  installation: string,
): string | undefined {
  if (loopOfRoleAssignmentMark(installation, description) !== owner) return 'its description changed'
  const roleId = roleDefinitionId.slice(roleDefinitionId.lastIndexOf('/') + 1)
  return isNamedFor(id, scope, principalId, roleId, asKey(owner)) ? undefined : 'its name is not the one that the app gives'
}

/** Whether the identity's loop would give this assignment its name. */
export const isNamedFor = (id: string, scope: string, principalId: string, roleId: string, identity: Key): boolean =>
  sameId(id.slice(id.lastIndexOf('/') + 1), roleAssignmentName(scope, principalId, roleId, identity))

/** Names of those that the app did not make for this identity. */
export const credentialsOfOthers = (credentials: readonly Credential[], installation: string): readonly string[] =>
  credentials.filter(({ name, issuer, subject }) => name !== credentialName(installation, issuer, subject)).map(({ name }) => name)
