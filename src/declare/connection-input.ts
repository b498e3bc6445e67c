// What an author asks for, in any handler's words (tags.ts, ../linker/request.ts).
import type { OnDelete, Origin } from '../model/connection.ts'
import type { DaprInput } from '../model/dapr.ts'
import type { Loop } from '../model/loop.ts'
import type { KeptSecret } from '../model/secret-ref.ts'
import type { ServicePrincipal } from '../model/service-principal.ts'
import type { TargetPlace } from '../model/target-place.ts'
import type { TargetType } from '../model/target-type.ts'
import type { VaultObject } from '../model/vault-object.ts'

export type Field =
  | 'name'
  | 'namespace'
  | 'workload'
  | 'auth'
  | 'client'
  | 'identity'
  | 'federation'
  | 'userName'
  | 'roles'
  | 'customizedKeys'
  | 'keyNaming'
  | 'shape'
  | 'dapr'
  | 'additionalConfigurations'
  | 'vaultObjects'
  | 'kubernetesExtension'
  | 'additionalConnectionStringProperties'
  | 'transport'

export type ConnectionInput = {
  readonly origin: Origin
  /** Of origin `policy`: its name. */
  readonly policy?: string
  readonly name: string
  readonly cluster: Loop<'cluster'>
  readonly type: TargetType
  readonly target: TargetPlace
  readonly namespace?: string | undefined
  readonly workload?: string | undefined
  readonly auth?: string | undefined
  readonly client?: string | undefined
  /** ARM id of a user-assigned identity that its author provides. */
  readonly identity?: string | undefined
  /** How the identity trusts the pods. */
  readonly federation?: string | undefined
  readonly servicePrincipal?: ServicePrincipal | undefined
  /** Of the user whose secret the author provides. */
  readonly userName?: string | undefined
  /** Where the author keeps that secret. */
  readonly keptSecret?: KeptSecret | undefined
  /** Ids or names of grants, with kind and scope where they are not the usual ones; `[]` = opted out. */
  readonly roles?: readonly string[] | undefined
  readonly firewall?: 'open' | 'keep' | undefined
  readonly customizedKeys?: Readonly<Record<string, string>> | undefined
  readonly keyNaming?: string | undefined
  readonly shape?: string | undefined
  readonly dapr?: DaprInput | undefined
  readonly additionalConfigurations?: Readonly<Record<string, string>> | undefined
  readonly vaultObjects?: readonly VaultObject[] | undefined
  readonly kubernetesExtension?: boolean | undefined
  readonly additionalConnectionStringProperties?: Readonly<Record<string, string>> | undefined
  readonly transport?: string | undefined
  readonly paused?: boolean | undefined
  readonly onDelete?: OnDelete | undefined
}
