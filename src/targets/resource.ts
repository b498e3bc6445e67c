// The contract of an ARM resource that can be connected. Firewall, network, keys and API version belong to the resource, however many types of target it
// offers: a storage account has four. Data and pure functions, no I/O; targets/resources/ has one file for each. docs/adr/0030-resource-and-type.md says why.
import type { ServiceFacts } from '../model/facts.ts'
import type { KeySlot } from '../model/key-slot.ts'
import type { TargetTypeName } from '../model/target-type.ts'
import type { Body, Firewall } from './firewall/firewall.ts'

/** What the body of the resource says; whom its network allows comes from the firewall. */
export type ResourceFacts = {
  readonly location: string
  /** Whether it accepts keys and connection strings. */
  readonly localAuth: boolean
  /** Azure roles have no effect on its data: a vault with access policies. */
  readonly ignoresRoles?: true
  /** Whether it accepts tokens of Entra ID. Absent: it does. */
  readonly tokenAuth?: boolean
  /** By target type; a type that this resource does not offer is missing. The first is the one that Azure Service Connector takes it for. */
  readonly services: Readonly<Record<string, ServiceFacts>>
  /** Changes when a key does; it is not a key. */
  readonly keyVersion?: string
  readonly createdAt?: string
  /** In words, for people: `FileStorage`. */
  readonly sort: string
}

/**
 * `action`: the POST action that answers the credential; absent: the body of the resource has it. `pick` throws if the answer has none; `query` is the
 * same in JMESPath, for people. `slot`: which of its two keys it has; what has only one ignores it.
 */
export type Credential = { readonly action?: string; query(slot: KeySlot): string; pick(answer: unknown, slot: KeySlot): string }

/** How one of the two keys is made again. The credential `*` of the resource shows whether it was. */
type KeyRenewal = {
  /** The POST action: `regenerateKey`. */
  readonly action: string
  /** `keyId`: where the service names keys by ids of its own. */
  body(slot: KeySlot, keyId: string): Readonly<Record<string, string>>
  /** The id of a key in the answer that has its credential. Absent: the service names keys by words. */
  readonly keyId?: { query(slot: KeySlot): string; pick(answer: unknown, slot: KeySlot): string }
}

export interface Resource {
  /** Lower case: `microsoft.storage/storageaccounts`. */
  readonly armType: string
  readonly apiVersion: string
  /** For people: `storage account`. */
  readonly label: string
  /** A child that says what the resource does not: `databases/default`. */
  readonly detail?: string
  /** Why it can be read but not used or changed now, in its own word: `Stopped`, `Updating`. Absent: no body says so. */
  standstill?(body: Body): string | undefined
  /** `detail`: its body, if there is one. */
  read(body: Body, detail?: Body): ResourceFacts
  readonly firewall: Firewall
  /** By target type; `*` stands for all. Absent: Azure gives out no credential for it. */
  readonly credentials: Readonly<Record<string, Credential>>
  /** Absent: it has no keys, or one that cannot be regenerated. */
  readonly renewal?: KeyRenewal
  /** ARM actions that the app needs on it: to read it, to change the firewall, to read a credential, to regenerate a key. */
  readonly rights: {
    readonly read: readonly string[]
    readonly firewall: readonly string[]
    readonly credential: readonly string[]
    readonly renewal?: readonly string[]
  }
  /** What surprises its users, for docs/targets/: Markdown, one line each. */
  readonly notes?: readonly string[]
  /** Operations that Event Grid reports and that invalidate a fact. */
  readonly events: readonly string[]
}

export const credentialOf = ({ credentials }: Resource, type: TargetTypeName): Credential | undefined =>
  Object.hasOwn(credentials, type) ? credentials[type] : credentials['*']

/** Every ARM action that concerns the resource itself. */
export const rightsOf = ({ rights }: Resource): readonly string[] => [
  ...rights.read,
  ...rights.firewall,
  ...rights.credential,
  ...(rights.renewal ?? []),
]
