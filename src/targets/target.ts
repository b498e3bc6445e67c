// The contract of a target type: one Azure service, almost only data, no I/O. catalogue.ts is the list.
import type { IdentityFacts, TargetFacts } from '../domain/facts.ts'
import type { Fault } from '../domain/problem.ts'
import type { Secret } from '../domain/secret.ts'
import type { TargetType } from '../domain/target-type.ts'

export type ValuesInput = {
  readonly target: TargetFacts
  readonly targetId: string
  readonly client: string
  readonly auth: string
  readonly identity?: IdentityFacts
  readonly servicePrincipal?: { readonly clientId: string; readonly tenant: string; readonly secret: Secret<string> }
  readonly credential?: Secret<string>
}

type AccessProbe = {
  readonly scope: string
  /** Ids of the roles that allow the read; with others alone it would prove nothing. */
  readonly roles: readonly string[]
  /** A read that shows nothing of the data. */
  request(target: Pick<TargetFacts, 'endpoint'>): { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  /** Whether a refusal says that the role is not known there yet. Any other says nothing about the role: the network, a setting. */
  isRoleMissing(refused: { readonly status: number; readonly error: string }): boolean
}

export interface Target extends TargetType {
  readonly apiVersion: string
  /** `serviceEndpoint`: its service in virtual networks. Callers in its own region are then seen by private addresses (steps/way-in.ts). */
  readonly firewall: { readonly family: 'array' | 'child' | 'none'; readonly max: number; readonly serviceEndpoint?: string }
  /** Facts of the ARM answer; the rules it has in the firewall included. A fault: it is a resource without this service. */
  read(resource: Readonly<Record<string, unknown>>): TargetFacts | Fault
  /** The body of the PATCH that gives the firewall exactly these addresses (family `array`), everything else kept. */
  firewallBody?(resource: Readonly<Record<string, unknown>>, ips: readonly string[]): unknown
  /** Addresses that its own rules name, as written there (family `array`). */
  firewallIps?(resource: Readonly<Record<string, unknown>>): readonly string[]
  /** POST action that answers the credential. `pick` throws where the answer holds none; `query` is the same in JMESPath, for people. */
  readonly credential?: { readonly action: string; readonly query: string; pick(answer: unknown): string }
  /** How it is tried whether a pod's token is let in. Absent: only the sign-in is tried. */
  readonly probe?: AccessProbe
  /** What stands under its keys. */
  values(of: ValuesInput): Readonly<Record<string, string | Secret<string>>>
}
