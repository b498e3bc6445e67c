// The names of what we make, and the marks that say it is ours. All are deterministic: whoever makes a thing twice makes the same thing.
// In a cluster the names are those of Azure's own Service Connector, so manifests written for it keep working.
import { createHash } from 'node:crypto'
import type { ConnectionSpec } from './connection.ts'
import { type Key, keyOf } from './loop.ts'
import { groupId, resourceId } from './resource-id.ts'
import type { Installation } from './view.ts'

/** Kubernetes allows neither upper case nor `_`, so names that differ only in case, `.` and `_` mean the same Secret: `NameTaken`. */
export const secretName = (connectionName: string): string => `sc-${connectionName.toLowerCase().replaceAll(/[^a-z0-9-]/g, '')}-secret`

export const serviceAccountName = (clientId: string): string => `sc-account-${clientId.toLowerCase()}`

/** What Entra compares with the token's `sub`, letter by letter. */
export const serviceAccountSubject = (namespace: string, serviceAccount: string): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`

const longestIdentityName = 128
/** Names once ended with so much of the key; identities that were made then keep theirs. */
const shortTail = 8

/** The end is the key and is never cut: it alone keeps two workloads apart, so it is all of it. */
export function identityName(
  of: { readonly cluster: string; readonly namespace: string; readonly workload: string; readonly key: Key },
  tailLength = of.key.length,
): string {
  const tail = `-${of.key.slice(0, tailLength)}`
  const words = ['sc', of.cluster, of.namespace, of.workload].map((word) => word.replaceAll(/[^a-zA-Z0-9_-]/g, '-'))
  return words.join('-').slice(0, longestIdentityName - tail.length) + tail
}

/** Whether an identity is named as any installation of ours names those that it makes. */
export const isMadeName = (name: string): boolean => /^sc-.+-.+-.+-([a-z2-7]{8}|[a-z2-7]{26})$/i.test(name)

type Place = Pick<ConnectionSpec, 'cluster' | 'namespace' | 'workload'>
type Where = Pick<Installation, 'name' | 'identityGroup'>

/** Where the identity of a pod lies that brings none along. Its key holds the installation: two installations on one cluster make two. */
export const identityId = (of: Place, installation: Where): string => identityWith(of, installation)
/** Where it lies if it was made while names were short. */
export const shortIdentityId = (of: Place, installation: Where): string => identityWith(of, installation, shortTail)
export const identityIds = (of: Place, installation: Where): readonly string[] => [
  identityId(of, installation),
  shortIdentityId(of, installation),
]

function identityWith(of: Place, installation: Where, tailLength?: number): string {
  const key = keyOf([installation.name, of.cluster.id, of.namespace, of.workload].join('|'))
  const name = identityName({ cluster: resourceId(of.cluster.id).name, namespace: of.namespace, workload: of.workload, key }, tailLength)
  return `${installation.identityGroup ?? groupId(of.cluster.id)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`
}

/**
 * Unique in the whole tenant, as Azure wants it. With the principal in it, a recreated identity gets a new assignment instead of a refusal.
 * It begins with a digest of the identity loop's key, for an event about an assignment tells nothing but its id: without that, each event on a
 * target would wake the identities of all its members, and connecting many of them would be a storm.
 */
export const roleAssignmentName = (scope: string, principalId: string, roleId: string, identity: Key): string =>
  digest8(identity) + uuid5([scope, principalId, roleId].map((part) => part.toLowerCase()).join('|')).slice(8)

/** Whether an assignment of that name is one that the identity's loop makes. */
export const isAssignmentOf = (name: string, identity: Key): boolean => name.toLowerCase().startsWith(digest8(identity))

const digest8 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** 3 to 120 characters. Issuer and subject are compared letter by letter, so they are not lower-cased here. */
export function credentialName(installation: string, issuer: string, subject: string): string {
  const hash = createHash('sha256').update(`${issuer}|${subject}`).digest('hex').slice(0, 32)
  return `sc-${installation.replaceAll(/[^a-zA-Z0-9_-]/g, '-').slice(0, 60)}-${hash}`
}

const product = 'aks-service-connector'

export const identityTags = { installation: `${product}-installation`, loop: `${product}-loop` } as const

/** Tags of an identity or a secret that we made: the installation and the loop it belongs to. */
export const identityMarks = (installation: string, loop: Key): Readonly<Record<string, string>> => ({
  [identityTags.installation]: installation,
  [identityTags.loop]: loop,
})

/** The secret of a connection in the Key Vault: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
export const storedSecretName = (installation: string, connection: Key): string => `sc-${installation}-${connection}`

/** Description of a role assignment that we made. */
export const roleAssignmentMark = (installation: string, loop: Key): string => `${roleAssignmentMarkStart(installation)}${loop}`
/** How the descriptions of all role assignments of an installation begin. */
export const roleAssignmentMarkStart = (installation: string): string => `${product} installation=${installation} loop=`
/** The key of the loop that a description names; `undefined`: it is not this installation's. */
export function loopOfRoleAssignmentMark(installation: string, description: string): string | undefined {
  const start = roleAssignmentMarkStart(installation)
  return description.startsWith(start) ? description.slice(start.length) : undefined
}
export const isRoleAssignmentMark = (description: string): boolean => description.startsWith(`${product} installation=`)

/** Of all that the app writes in clusters. */
export const fieldManager = product

export const kubernetesLabels = {
  managedBy: 'app.kubernetes.io/managed-by',
  installation: 'service-connector/installation',
  /** Key of the loop that owns the object. */
  owner: 'service-connector/owner',
} as const

export const kubernetesAnnotations = {
  /** Id of the connection, for people. */
  connection: 'service-connector/connection',
  /** Its owner puts it on an object of his own to let it be taken over. */
  adopt: 'service-connector/adopt',
} as const

/** The ConfigMap of a namespace that says how its connections are, and whose key in it is whose. */
export const statusPublisher = {
  name: 'sc-connections',
  label: 'service-connector/status',
  annotation: 'status.service-connector/',
} as const

/** Labels of an object that we made. */
export const kubernetesMarks = (installation: string, owner: string): Readonly<Record<string, string>> => ({
  [kubernetesLabels.managedBy]: product,
  [kubernetesLabels.installation]: installation,
  [kubernetesLabels.owner]: owner,
})

/** UUIDv5 (RFC 9562) below a namespace of our own. */
const namespace = Buffer.from('6f0d1f0e6a8b5d0f9c0c5a3f4d2e1b7a', 'hex')
function uuid5(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
