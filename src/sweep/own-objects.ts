// Which objects with this installation's labels are left over, and whether the app made them. Pure.
//
// A label can be written by anyone who may write the object, and is copied with it (`kubectl get -o yaml | kubectl apply`). So it only makes an object
// worth a look: what is deleted was also written by the app's own field manager, and has the very name and place that its annotations lead to.
import type { Connection } from '../model/connection.ts'
import type { ListedObject } from '../model/leftover.ts'
import { parseLinkerId } from '../model/linker-id.ts'
import { type Key, keyOf, type Loop } from '../model/loop.ts'
import {
  bindingSecretName,
  clientIdAnnotation,
  daprSecretName,
  fieldManager,
  kubernetesAnnotations,
  kubernetesLabels,
  secretName,
  secretProviderClassName,
  serviceAccountName,
  statusPublisher,
  sweepManager,
} from '../model/names.ts'
import { sameId } from '../model/resource-id.ts'

export const ownerOf = ({ labels }: ListedObject): string => labels[kubernetesLabels.owner] ?? ''

/** Keys of the loops that own it: that of its label; those of its annotations for the status of several connections. */
export const ownersOf = (object: ListedObject): readonly string[] =>
  object.kind === 'ConfigMap'
    ? Object.keys(object.annotations).flatMap((key) =>
        key.startsWith(statusPublisher.annotation) ? [key.slice(statusPublisher.annotation.length)] : [],
      )
    : [ownerOf(object)]

/** What the store expects in a cluster, from the members of its loop. */
export type Expected = {
  readonly connections: ReadonlyMap<string, Connection>
  /** Members by the key of their identity. */
  readonly identities: ReadonlyMap<string, readonly Connection[]>
}

export function expectedOf(members: readonly Connection[]): Expected {
  const withIdentity = members.flatMap((member) => (member.identity ? [{ key: member.identity.key as string, member }] : []))
  return {
    connections: new Map(members.map((member) => [member.key, member])),
    identities: new Map(
      [...Map.groupBy(withIdentity, ({ key }) => key)].map(([key, rows]) => [key, rows.map(({ member }) => member)] as const),
    ),
  }
}

/** An owner that the cluster's loop knows, and that would have an object just there. */
export function isExpected(object: ListedObject, { connections, identities }: Expected): boolean {
  if (object.kind === 'ConfigMap') return ownersOf(object).some((key) => connections.get(key)?.namespace === object.namespace)
  const owner = ownerOf(object)
  const connection = connections.get(owner)
  if (connection) return connection.namespace === object.namespace && nameFor(object, connection) === object.name
  return identities.get(owner)?.some(({ namespace }) => namespace === object.namespace) ?? false
}

/** A connection has at most one object of a kind under its own name; one that mounts nothing has no class. */
function nameFor({ kind }: ListedObject, { name, vaultObjects }: Pick<Connection, 'name' | 'vaultObjects'>): string | undefined {
  if (kind !== 'SecretProviderClass') return secretName(name)
  return vaultObjects && secretProviderClassName(name)
}

/** Its own Secret, and those in shapes for others. */
const secretNames = [secretName, bindingSecretName, daprSecretName]

const keyShape = /^[a-z2-7]{26}$/

/** Why there is no proof that the app made it; `undefined`: there is. */
export function unproven(object: ListedObject, cluster: Loop<'cluster'>): string | undefined {
  const owners = ownersOf(object)
  if (owners.length === 0 || !owners.every((key) => keyShape.test(key))) return 'its label names no owner'
  if (object.annotations[kubernetesAnnotations.adopt] === 'true') return 'its owner had offered it, so it existed before'
  if (!isWritten(object)) return 'the app did not write its labels: it was copied, or labelled by hand'
  if (object.kind === 'Secret' || object.kind === 'SecretProviderClass') return wrongName(object, cluster, ownerOf(object))
  if (object.kind === 'ServiceAccount') {
    const clientId = object.annotations[clientIdAnnotation]
    return clientId !== undefined && serviceAccountName(clientId) === object.name
      ? undefined
      : 'it has another name than its identity gives'
  }
  if (object.kind === 'ConfigMap') return object.name === statusPublisher.name ? undefined : 'it has another name than a status has'
  return undefined
}

/**
 * Each connection writes its part of a status under a manager of its own, and what is in it can be told from managers alone: so all of them are the app's.
 */
function isWritten({ kind, writers }: ListedObject): boolean {
  if (kind !== 'ConfigMap') return writers.some(({ name, marks }) => name === fieldManager && marks)
  const isOfStatus = (name: string): boolean => name.startsWith(`${fieldManager}/`)
  return (
    writers.some(({ name, marks }) => isOfStatus(name) && marks) && writers.every(({ name }) => isOfStatus(name) || name === sweepManager)
  )
}

function wrongName({ kind, name, annotations }: ListedObject, cluster: Loop<'cluster'>, owner: string): string | undefined {
  const connection = parseLinkerId(annotations[kubernetesAnnotations.connection] ?? '')
  if (!connection) return 'it names no connection'
  if (!sameId(connection.cluster, cluster.id)) return `it is of another cluster: ${connection.cluster}`
  if (keyOf(connection.id) !== owner) return 'its label and its annotation name different connections'
  const own = kind === 'Secret' ? secretNames.map((of) => of(connection.name)) : [secretProviderClassName(connection.name)]
  return own.includes(name) ? undefined : 'it has another name than its connection gives'
}

export const asKey = (owner: string): Key => owner as Key
