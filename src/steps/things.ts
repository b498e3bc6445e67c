// What the steps hold in the ledger, by kind, beside Kubernetes objects (ports.ts): enough to find the thing again, and to tell a person how to change it.
import type { Loop } from '../domain/loop.ts'
import type { Thing } from '../domain/thing.ts'

export type IdentityThing = Thing & {
  readonly kind: 'identity'
  readonly resourceId: string
  /** Where it is made; absent while not known. An identity cannot be moved. */
  readonly location?: string
  readonly given: boolean
}

export type CredentialThing = Thing & {
  readonly kind: 'credential'
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

export type RoleThing = Thing & {
  readonly kind: 'role-assignment'
  readonly scope: string
  readonly principalId: string
  readonly roleId: string
  readonly name: string
}

/** `name`: where the rules of the target's firewall have one. */
export type IpRule = Thing & { readonly kind: 'ip-rule'; readonly ip: string; readonly name?: string; readonly target: Loop<'target'> }

export type KeptSecret = Thing & { readonly kind: 'kept-secret'; readonly secretId: string }

export type StatusThing = Thing & {
  readonly kind: 'status'
  readonly cluster: Loop<'cluster'>
  readonly clusterUid: string
  readonly namespace: string
  readonly connection: string
}
