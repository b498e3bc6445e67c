// Grants of identities: roles of Azure, which carry a mark, and grants on data, which have nothing but a name that follows from what they are for
// (steps/identity/grants/). The ledger of the identity that has one, and its members, say whether it is still wanted. Without that, a grant is left over if
// it is proven: it has the very name that the app gives it for an identity that this installation made, and this identity's principal has it.
import { grantFact, grantFactOf } from '../model/grant-fact.ts'
import type { Key, Loop } from '../model/loop.ts'
import { resourceId, sameId } from '../model/resource-id.ts'
import type { Store } from '../ports/store.ts'
import type { AzureKind, Holder, MadeInAzure, NamedGrant } from '../ports/sweep.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import type { Finding } from './decide.ts'
import { type Found, plain } from './found-in-azure.ts'
import { optOutOf, type Principal } from './identities-left.ts'
import { clusterOf, isNamedFor, wrongAssignment } from './made-in-azure.ts'
import { asKey } from './own-objects.ts'
import type { Place } from './places.ts'

/** A grant that no loop is known to want, before it is known whose it is. `isMarked`: by more than its name. `place`: where it was read. */
export type Sighted = Omit<NamedGrant, 'kind'> & { readonly kind: AzureKind; readonly isMarked?: true; readonly place?: Place }
/** Is told of what did not answer. */
type Tell = (place: Place, error: unknown) => void

/** Whether the identity's loop has it in its ledger, or wants it. When in doubt it does. */
async function isWanted(identity: Key, facts: readonly string[], { sweeps }: Store): Promise<boolean> {
  const found = await sweeps.look({ kind: 'identity', key: identity })
  if (!found) return false
  const wanted = found.members.flatMap((member) => member.roles.map((role) => grantFactOf(role, member)))
  return facts.some((fact) => wanted.includes(fact) || [...found.tracked].some((id) => id.startsWith(`${fact}|`)))
}

/** What carries the mark of a role assignment. Already decided: those that the app would have named otherwise. */
export async function roleIn(made: MadeInAzure, of: AzureSweeping): Promise<Sighted | Found | undefined> {
  const { owner, grant } = made
  const key = asKey(owner)
  // Where the list does not say what it is for, the loop of its identity has it.
  const isOfLoop = grant
    ? await isWanted(key, [grantFact(grant.roleId, grant.scope)], of.store)
    : (await of.store.sweeps.look({ kind: 'identity', key })) !== undefined
  if (isOfLoop) return undefined
  const assignment = await of.azure.assignment(made.id)
  if (!assignment) return undefined
  const { scope, principalId, roleDefinitionId } = assignment
  const roleId = roleDefinitionId.slice(roleDefinitionId.lastIndexOf('/') + 1)
  const remove = (): Promise<void> => of.azure.removeAssignment(made.id)
  const unproven = wrongAssignment(made, assignment, of.installation)
  if (unproven !== undefined) return { made, finding: { ...plain, users: [], unproven }, isOwned: async () => false, remove }
  return {
    ...{ kind: made.kind, id: made.id, isMarked: true, remove, facts: [grantFact(roleId, scope)] },
    isNamedFor: (identity) => isNamedFor(made.id, scope, principalId, roleId, identity),
    isHeldBy: async (holder) => sameId(holder.principalId, principalId),
  }
}

/** Throws `Failure` where the target does not answer, or may not be read. */
export async function grantsAt(place: Place, { azure, store }: AzureSweeping): Promise<readonly Sighted[]> {
  const { target, isKnown } = place
  if (!azure.grants.types.includes(resourceId(target.id).type)) return []
  const grants = await azure.grants.on(target.id, isKnown)
  if (grants.length === 0) return []
  const { members = [] } = (await store.sweeps.look(target)) ?? {}
  const identities = [...new Set(members.flatMap(({ identity }) => identity?.key ?? []))]
  const open: Sighted[] = []
  for (const grant of grants) {
    const key = identities.find((one) => grant.isNamedFor(one))
    if (key === undefined || !(await isWanted(key, grant.facts, store))) open.push({ ...grant, place })
  }
  return open
}

/** Judges what was sighted, after all identities are known. One look at the identities of the store is enough for all. */
export async function grantsLeft(
  sighted: readonly Sighted[],
  principals: readonly Principal[],
  of: AzureSweeping,
  tell: Tell,
): Promise<readonly Found[]> {
  const open: Sighted[] = []
  const found: Found[] = []
  for (const grant of sighted) {
    const principal = principals.find(({ key }) => grant.isNamedFor(key))
    const isTheirs = principal && (await isHeld(grant, principal, tell))
    if (principal && isTheirs) found.push(ofPrincipal(grant, principal, of))
    else if (isTheirs !== undefined || !principal) open.push(grant)
  }
  return [...found, ...(open.length > 0 ? await ofLoops(open, of, tell) : [])]
}

/** `undefined`: where it is did not answer, which is told. */
async function isHeld(grant: Sighted, holder: Holder, tell: Tell): Promise<boolean | undefined> {
  try {
    return await grant.isHeldBy(holder)
  } catch (error) {
    if (!grant.place) throw error
    tell(grant.place, error)
    return undefined
  }
}

/** One that is kept keeps what it was granted. */
function ofPrincipal(grant: Sighted, principal: Principal, of: AzureSweeping): Found {
  const { users, optOut, unproven } = principal
  const isKept = optOut !== undefined || !('unknown' in users || users.length === 0)
  const notProven = grant.isMarked || unproven === undefined ? {} : { unproven: `of its identity ${unproven}` }
  return foundOf(grant, principal, { users: isKept ? [`identity ${principal.identity}`] : users, ...notProven }, of)
}

/** Of identities that the store has, whose ledgers do not have the grant. */
async function ofLoops(open: readonly Sighted[], of: AzureSweeping, tell: Tell): Promise<readonly Found[]> {
  const left = new Set(open)
  const found: Found[] = []
  for await (const { loop } of of.store.loops('identity')) {
    if (left.size === 0) break
    for (const grant of left) {
      if (!grant.isNamedFor(loop.key)) continue
      const one = await ofLoop(grant, loop, of, tell)
      if (one === 'of another principal') continue
      left.delete(grant)
      if (one) found.push(one)
    }
  }
  return [...found, ...[...left].map((grant) => ofNoOne(grant))]
}

/** `undefined`: its loop wants it, or what is needed to tell is not known yet. */
async function ofLoop(
  grant: Sighted,
  { id, key }: Loop<'identity'>,
  of: AzureSweeping,
  tell: Tell,
): Promise<Found | 'of another principal' | undefined> {
  if (await isWanted(key, grant.facts, of.store)) return undefined
  const identity = await of.azure.identity(id)
  if (!identity) return undefined
  const holder = { key, principalId: identity.principalId, clientId: identity.clientId }
  const isTheirs = await isHeld(grant, holder, tell)
  if (isTheirs === undefined) return undefined
  if (!isTheirs) return 'of another principal'
  const isMade = clusterOf(id, of.installation, of.clusters) !== undefined
  const unproven = 'its identity was provided, and every installation that uses that gives it this name'
  return foundOf(grant, holder, { users: [], optOut: optOutOf(identity), ...(isMade ? {} : { unproven }) }, of)
}

function foundOf(grant: Sighted, holder: Holder, finding: Pick<Finding, 'users' | 'unproven' | 'optOut'>, of: AzureSweeping): Found {
  return {
    made: { kind: grant.kind, id: grant.id, owner: holder.key },
    heldBy: holder.key,
    finding: { ...plain, ...finding },
    isOwned: () => isWanted(holder.key, grant.facts, of.store),
    remove: () => grant.remove(holder),
  }
}

/** Of a principal that no identity of this installation is known to have. */
function ofNoOne({ kind, id, isMarked }: Sighted): Found {
  const finding: Pick<Finding, 'users' | 'unproven'> = isMarked
    ? { users: { unknown: ['what signs in as its principal'] } }
    : { users: [], unproven: 'it has a name as the app gives it, for none of the identities that this installation is known to have' }
  const never = async (): Promise<never> => {
    throw new TypeError(`${id} has no known holder, so it is never removed`)
  }
  return { made: { kind, id, owner: '' }, finding: { ...plain, ...finding }, isOwned: async () => false, remove: never }
}
