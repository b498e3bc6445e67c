// The names of the objects that the app creates, and their owner marks. All are deterministic: creating an object twice creates the same object. In a
// cluster the names are those of Azure Service Connector, so manifests written for it keep working.
import { createHash } from 'node:crypto'
import type { ConnectionSpec } from './connection.ts'
import { type Key, keyOf } from './loop.ts'
import { groupId, resourceId } from './resource-id.ts'
import type { Installation } from './view.ts'

/** Kubernetes allows neither upper case nor `_`, so names that differ only in case, `.` and `_` mean the same Secret: `NameTaken`. */
export const secretName = (connectionName: string): string => `sc-${stem(connectionName)}-secret`
/** Its second Secret, in the shape of the Service Binding specification. */
export const bindingSecretName = (connectionName: string): string => `sc-${stem(connectionName)}-binding`
/** A Dapr component; apps name it in their code. */
export const daprComponentName = (connectionName: string): string => `sc-${stem(connectionName)}`
export const daprSecretName = (connectionName: string): string => `sc-${stem(connectionName)}-dapr`
export const secretProviderClassName = (connectionName: string): string => `sc-${stem(connectionName)}-secretprovider`
export const appConfigurationProviderName = (connectionName: string): string => `sc-${stem(connectionName)}-appconfigprovider`
/** The ConfigMap that the provider makes. */
export const configMapName = (connectionName: string): string => `sc-${stem(connectionName)}-configmap`
const stem = (connectionName: string): string => connectionName.toLowerCase().replaceAll(/[^a-z0-9-]/g, '')

export const serviceAccountName = (clientId: string): string => `sc-account-${clientId.toLowerCase()}`

/** What Entra compares with the token's `sub`, case-sensitively. */
export const serviceAccountSubject = (namespace: string, serviceAccount: string): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`

const longestIdentityName = 128
/** Names used to end with this many characters of the key; identities created then keep theirs. */
const shortTail = 8

/** The tail is the key and is never cut: only the key distinguishes two workloads. */
export function identityName(
  of: { readonly cluster: string; readonly namespace: string; readonly workload: string; readonly key: Key },
  tailLength = of.key.length,
): string {
  const tail = `-${of.key.slice(0, tailLength)}`
  const words = ['sc', of.cluster, of.namespace, of.workload].map((word) => word.replaceAll(/[^a-zA-Z0-9_-]/g, '-'))
  return words.join('-').slice(0, longestIdentityName - tail.length) + tail
}

/** Whether an identity has a name that some installation of this app would give it. */
export const isMadeName = (name: string): boolean => /^sc-.+-.+-.+-([a-z2-7]{8}|[a-z2-7]{26})$/i.test(name)

type Place = Pick<ConnectionSpec, 'cluster' | 'namespace' | 'workload'>
type Where = Pick<Installation, 'name' | 'identityGroup'>

/** The id of a pod's identity if the author provides none. Its key includes the installation: two installations on one cluster create two. */
export const identityId = (of: Place, installation: Where): string => identityWith(of, installation)
/** Its id if it was created while names were short. */
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
 * Unique in the whole tenant, as Azure requires. It includes the principal, so a recreated identity gets a new assignment instead of a refusal. It
 * begins with a digest of the identity loop's key: event payloads carry only the assignment id, and the prefix lets the app route the event to one
 * identity instead of waking the identities of all the target's members.
 */
export const roleAssignmentName = (scope: string, principalId: string, roleId: string, identity: Key): string =>
  digest8(identity) + assignmentDigest(scope, principalId, roleId).slice(8)

const assignmentDigest = (scope: string, principalId: string, roleId: string): string =>
  uuid5([scope, principalId, roleId].map((part) => part.toLowerCase()).join('|'))

/** Whether the loop of some identity would give this name, whichever: an eighth of it says that. */
export const isNamedAsAssignment = (name: string, scope: string, principalId: string, roleId: string): boolean =>
  name.toLowerCase().slice(8) === assignmentDigest(scope, principalId, roleId).slice(8) && /^[0-9a-f]{8}-/i.test(name)

/** Whether the identity's loop would create an assignment of that name. */
export const isAssignmentOf = (name: string, identity: Key): boolean => name.toLowerCase().startsWith(digest8(identity))

const digest8 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** 3 to 120 characters. Issuer and subject are case-sensitive, so they are not lower-cased here. */
export function credentialName(installation: string, issuer: string, subject: string): string {
  const hash = createHash('sha256').update(`${issuer}|${subject}`).digest('hex').slice(0, 32)
  return `sc-${installation.replaceAll(/[^a-zA-Z0-9_-]/g, '-').slice(0, 60)}-${hash}`
}

/** Letters and digits only, as Azure wants it; two installations that share an identity have different ones. */
export const bindingName = (installation: string, identity: Key): string => `sc${keyOf(`${installation}|${identity}`)}`

/** A ClusterRole, and with a namespace its binding for the pods there: two installations that share an identity have different ones. */
export const clusterRoleName = (installation: string, clientId: string, namespace?: string): string =>
  ['sc-use-mi', clientId.toLowerCase(), installation, ...(namespace === undefined ? [] : [namespace])].join('-')

const product = 'aks-service-connector'

export const identityTags = { installation: `${product}-installation`, loop: `${product}-loop` } as const

/** Tags of an identity or secret that the app created: the installation and the owning loop. */
export const identityMarks = (installation: string, loop: Key): Readonly<Record<string, string>> => ({
  [identityTags.installation]: installation,
  [identityTags.loop]: loop,
})

/** The secret of a connection in the Key Vault: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
export const storedSecretName = (installation: string, connection: Key): string => `sc-${installation}-${connection}`

/** Description of a role assignment that the app made. */
export const roleAssignmentMark = (installation: string, loop: Key): string => `${roleAssignmentMarkStart(installation)}${loop}`
/** How the descriptions of all role assignments of an installation begin. */
export const roleAssignmentMarkStart = (installation: string): string => `${product} installation=${installation} loop=`
/** The key of the loop that a description names; `undefined`: it is not this installation's. */
export function loopOfRoleAssignmentMark(installation: string, description: string): string | undefined {
  const start = roleAssignmentMarkStart(installation)
  return description.startsWith(start) ? description.slice(start.length) : undefined
}
export const isRoleAssignmentMark = (description: string): boolean => description.startsWith(`${product} installation=`)

/** Field manager of everything that the app writes in clusters. */
export const fieldManager = product
/** Of the marks of the sweep: the app's own applies leave them alone. */
export const sweepManager = `${product}-sweep`

export const kubernetesLabels = {
  managedBy: 'app.kubernetes.io/managed-by',
  installation: 'service-connector/installation',
  /** Key of the loop that owns the object. */
  owner: 'service-connector/owner',
} as const

export const kubernetesAnnotations = {
  /** Id of the connection, for human readers. */
  connection: 'service-connector/connection',
  /** The owner of an object sets this on it to let the app take it over. */
  adopt: 'service-connector/adopt',
  /** `disabled`: the sweep never deletes the object. */
  prune: 'service-connector/prune',
  /** Since when the sweep has taken it for left over. It informs people; only the store's own time counts. */
  leftOverSince: 'service-connector/left-over-since',
} as const

/** What the webhook of workload identity reads: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html */
export const clientIdAnnotation = 'azure.workload.identity/client-id'

/** The ConfigMap of a namespace that reports the status of its connections, and which key in it belongs to which. */
export const statusPublisher = {
  name: 'sc-connections',
  label: 'service-connector/status',
  annotation: 'status.service-connector/',
} as const

/** On a ConfigMap: its keys declare connections of its namespace. */
export const declarationLabel = { name: 'service-connector/declare', value: 'connections' } as const

/** Labels of an object that the app made. */
export const kubernetesMarks = (installation: string, owner: string): Readonly<Record<string, string>> => ({
  [kubernetesLabels.managedBy]: product,
  [kubernetesLabels.installation]: installation,
  [kubernetesLabels.owner]: owner,
})

/** UUIDv5 (RFC 9562) under the app's own namespace. */
const namespace = Buffer.from('6f0d1f0e6a8b5d0f9c0c5a3f4d2e1b7a', 'hex')
function uuid5(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
