// The contract of a kind of grant: how one is observed, compared, made and removed. assign-roles does the rest for all kinds: which grants are desired,
// by which members, and what the facts say. Plan and ledger decide about ownership, so nothing here does.
import type { Facts } from '../../../model/facts.ts'
import type { GrantKind } from '../../../model/grant.ts'
import type { Change, ObservedState } from '../../../model/managed-object.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import type { View } from '../../../model/view.ts'
import type { Written } from '../../../ports/azure.ts'
import type { Ports } from '../../../ports/ports.ts'
import type { NamedGrant } from '../../../ports/sweep.ts'
import type { Commands } from '../../by-hand/by-hand.ts'

/** Whose grants, on what. `scope`: an ARM id; `owner`: the resource itself, if `scope` is a child of it. */
export type Place = Pick<GrantObject, 'scope' | 'owner' | 'principalId' | 'clientId'>

/** A grant that exists, made by the app or by others. */
export type Granted = { readonly roleId: string }

/** What limits grants that serve, keyed by fact. `endsAt`: when the first of those that others made ends. */
export type Limits = { readonly limits: NonNullable<Facts['identity']['limits']>; readonly endsAt?: number }

/** What a scheduled look at grants needs. */
export type SweptPorts = Pick<Ports, 'arm' | 'databases' | 'ownIds'>

/** Of a kind without marks: where its grants can be, and those on one resource that have names as the app gives them, of any principal. */
export type Named = {
  /** Lower case. */
  readonly on: readonly string[]
  /** `isKnown`: the store has this target. @throws Failure */
  list(resource: string, ports: SweptPorts, isKnown: boolean): Promise<readonly NamedGrant[]>
}

export type GrantType<Found extends Granted = Granted> = {
  readonly kind: GrantKind
  /** ARM actions that the app needs for it. Absent: those of role assignments, which the app always lists. */
  readonly rights?: { readonly read: readonly string[]; readonly write: readonly string[] }
  /** What the app calls it. Deterministic, so making it twice makes the same. `resource`: the ARM id by which Azure's events name it. */
  nameOf(grant: Place & Granted, view: View<'identity'>): Pick<GrantObject, 'name' | 'resource' | 'clientId'>
  /** Where a list that is refused is a matter of a person, who can also make the grant: the problem then has the commands. */
  readonly byHandIfUnread?: true
  /** All of this kind that the principal has at the place itself. @throws Failure: unknown is not absent. */
  list(place: Place, ports: Ports, view: View<'identity'>): Promise<readonly Found[]>
  /** `there`: what `list` found at the object's place. */
  compare(object: GrantObject, there: readonly Found[], view: View<'identity'>): ObservedState
  /** `operation`: it continues as one, and the resource may refuse other changes meanwhile. */
  make(object: GrantObject, view: View<'identity'>, ports: Ports): Promise<Pick<Written, 'operation'>>
  /** `version`: of the observed state, if `compare` gave one. */
  remove(object: GrantObject, version: string | undefined, ports: Ports, view: View<'identity'>): Promise<Pick<Written, 'operation'>>
  /** Absent: Resource Graph lists them by a mark. */
  readonly named?: Named
  /** What limits the desired ones in ways that do not show what a pod may do. `adopted`: those that others made. */
  limits?(
    desired: readonly GrantObject[],
    adopted: readonly GrantObject[],
    thereOf: (object: GrantObject) => readonly Found[],
    ports: Ports,
  ): Promise<Limits>
  /** Where kinds are joined in one file, their names of things must differ. */
  byHand(changes: readonly Change<GrantObject>[], view: View<'identity'>): Commands | undefined
}
