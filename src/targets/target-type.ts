// The contract of a target type: one service of a resource, and what its connections put into their Secret. Almost only data; targets/types/ has one file
// for each, catalogue.ts is the list.
import type { ServiceFacts } from '../model/facts.ts'
import type { TargetType, TargetTypeName } from '../model/target-type.ts'
import type { DaprComponent } from './dapr.ts'
import type { Outside } from './outside.ts'
import type { Resource } from './resource.ts'
import { keysIn, type SecretTable, type ServiceBinding } from './secret-table.ts'

type AccessProbe = {
  readonly scope: string
  /** Ids of the roles that allow the read; with only others it would prove nothing. */
  readonly roles: readonly string[]
  /** A read that shows nothing of the data. */
  request(service: ServiceFacts): { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  /** Whether a refusal says that the role is not known there yet. Any other says nothing about the role: the network, a setting. */
  isRoleMissing(refused: { readonly status: number; readonly error: string }): boolean
}

type Described<Name extends TargetTypeName> = Omit<TargetType, 'type' | 'on' | 'keys' | 'extensionKeys' | 'dapr'> & {
  readonly type: Name
  readonly on: Resource | Outside
  readonly secret: SecretTable
  /** The part of the resource that a private endpoint is for: `blob`. */
  readonly privateLink?: string
  /** Keys beside those where an extension of the cluster reads the Secret: always under these names. */
  readonly extensionSecret?: SecretTable
  /** What surprises its users, for docs/targets/: Markdown, one line each. */
  readonly notes?: readonly string[]
  /** How it is said in the shape of the Service Binding specification. Absent: by the name of the type, with `host`, `uri` and `connection-string`. */
  readonly serviceBinding?: ServiceBinding
  readonly dapr?: readonly DaprComponent[]
  /** How to try whether a pod's token is accepted. Absent: only the sign-in is tried. */
  readonly probe?: AccessProbe
}

/** A target type with all that the steps need. */
export type Target<Name extends TargetTypeName = TargetTypeName> = Described<Name> & Pick<TargetType, 'keys' | 'extensionKeys'>

/** The names of its keys are those of its table. */
export const targetType = <const Name extends TargetTypeName>(described: Described<Name>): Target<Name> => ({
  ...described,
  keys: (auth, client) => keysIn(described.secret, auth, client),
  extensionKeys: (auth, client) => keysIn(described.extensionSecret ?? {}, auth, client),
})

/** `undefined`: it is outside of Azure. */
export const resourceIn = ({ on }: Pick<Target, 'on'>): Resource | undefined => ('armType' in on ? on : undefined)
