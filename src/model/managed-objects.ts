// What the steps track in the ledger, by kind, besides Kubernetes objects (ports/kubernetes.ts): enough to find the object again, and to tell a person how to
// change it.
import type { GrantKind } from './grant.ts'
import type { KeySlot } from './key-slot.ts'
import type { Loop } from './loop.ts'
import type { ManagedObject } from './managed-object.ts'

export type IdentityObject = ManagedObject & {
  readonly kind: 'identity'
  readonly resourceId: string
  /** Where it is created; absent while unknown. An identity cannot be moved. */
  readonly location?: string
  readonly provided: boolean
}

export type CredentialObject = ManagedObject & {
  readonly kind: 'credential'
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

/** An AKS identity binding. */
export type BindingObject = ManagedObject & {
  readonly kind: 'identity-binding'
  readonly cluster: Loop<'cluster'>
  /** The ARM id of the managed identity. */
  readonly identity: string
  readonly name: string
  readonly resource: string
}

/** The credential that AKS makes on a managed identity for all of its bindings. */
export type BindingCredential = ManagedObject & { readonly kind: 'binding-credential'; readonly name: string }

export type GrantObject = ManagedObject & {
  readonly kind: 'role-assignment'
  /** Absent: an Azure role. */
  readonly grant?: GrantKind
  /** The ARM id of what it is on. */
  readonly scope: string
  /** The resource of which `scope` is a child. Absent: `scope` is the resource. */
  readonly owner?: string
  readonly principalId: string
  /** Of the same principal, where its kind knows it by that. */
  readonly clientId?: string
  /** As its kind calls it: the GUID of a role definition, the name of an access policy. */
  readonly roleId: string
  /** Of the assignment. */
  readonly name: string
  /** Where the app signs in to make it, it may open the firewall for itself. */
  readonly firewall?: 'open'
}

/** `name`: if the target's firewall names its rules. */
export type IpRule = ManagedObject & {
  readonly kind: 'ip-rule'
  readonly ip: string
  readonly name?: string
  readonly target: Loop<'target'>
}

export const ipRuleId = (target: Loop<'target'>, ip: string): string => `${target.id.toLowerCase()}|${ip}`
/** Of the app itself, in the ledger of an identity. */
export const appRuleId = ({ id }: Pick<Loop<'target'>, 'id'>, ip: string): string => `${id.toLowerCase()}|${ip}|app`

/** `slot`: which key is made again. A key of its target is never deleted. */
export type RenewedKey = ManagedObject & { readonly kind: 'renewed-key'; readonly slot: KeySlot }

export type StoredSecret = ManagedObject & { readonly kind: 'stored-secret'; readonly secretId: string }

export type StatusObject = ManagedObject & {
  readonly kind: 'status'
  readonly cluster: Loop<'cluster'>
  readonly clusterUid: string
  readonly namespace: string
  readonly connection: string
}
