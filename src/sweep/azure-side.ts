// The Azure side: identities and role assignments with this installation's marks whose loop the store does not know any more. What a ledger knows is
// deleted by its own loop. Anyone who may tag can write a tag, so a mark only makes a resource worth a look: what is deleted also has the very name that
// the app would give it (ADR 17).

import { surelyAbsent } from '../contract/missing.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { ReportEntry, Suspect, SweepSettings } from '../model/leftover.ts'
import { azureScope, azureSuspectId } from '../model/leftover.ts'
import { type Key, keyOf } from '../model/loop.ts'
import { past } from '../model/moments.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Arm } from '../ports/azure.ts'
import type { Store } from '../ports/store.ts'
import type { MadeInAzure, SweptAzure } from '../ports/sweep.ts'
import { clusterApi } from '../steps/cluster/cluster-api.ts'
import { decide, type Finding } from './decide.ts'
import { rulesLeft } from './firewall-rules.ts'
import type { Found } from './found-in-azure.ts'
import { type Budget, stillApproved } from './judge.ts'
import { clusterOf, credentialsOfOthers, wrongAssignment, wrongIdentity } from './made-in-azure.ts'

export type AzureSweeping = {
  readonly store: Store
  readonly azure: SweptAzure
  readonly installation: string
  readonly settings: SweepSettings
  readonly budget: Budget
  readonly now: () => number
  /** Names of the ServiceAccounts that clusters have: pods may sign in through them. */
  readonly accounts: ReadonlySet<string>
  /** Keys of the clusters whose ServiceAccounts are among them. */
  readonly seen: ReadonlySet<string>
  readonly arm: Pick<Arm, 'get' | 'list' | 'delete'>
  /** Ids of the clusters that the store knows. */
  readonly clusters: readonly string[]
}

/** What signs in as a principal. */
type Principal = Pick<Finding, 'users' | 'optOut'> & { readonly identity: string }

/** Throws `Failure` where Resource Graph does not answer: then nothing is known. */
export async function sweepAzure(of: AzureSweeping): Promise<readonly ReportEntry[]> {
  const before = await of.store.sweeps.suspects(azureScope)
  const known = new Map(before.map((row) => [row.id, row]))
  const found = await findingsOf(of)
  const suspects: Suspect[] = []
  const entries: ReportEntry[] = []
  for (const one of found) {
    const id = azureSuspectId(one.made.id)
    const was = known.get(id)
    known.delete(id)
    const suspect = stillApproved(await judgeOne(one, id, was, of), was)
    entries.push({ ...without(suspect), ...(was ? { before: was.verdict } : {}) })
    if (suspect.verdict !== 'deleted' && suspect.verdict !== 'recovered') suspects.push(suspect)
  }
  for (const was of known.values())
    entries.push({ ...without(was), verdict: 'gone', reason: 'it is not there any more, or has an owner again', before: was.verdict })
  await of.store.sweeps.note(before, suspects)
  return entries
}

const without = ({ etag: _, ...suspect }: Suspect): Omit<Suspect, 'etag'> => suspect

/** Role assignments first: an identity that is deleted leaves those that it had. */
async function findingsOf(of: AzureSweeping): Promise<readonly Found[]> {
  const identities: Found[] = []
  const roles: MadeInAzure[] = []
  const principals = new Map<string, Principal>()
  for await (const made of of.azure.made()) {
    if (await hasOwner(made, of.store)) continue
    if (made.kind === 'RoleAssignment') {
      roles.push(made)
      continue
    }
    const identity = await identityIn(made, of)
    if (!identity) continue
    identities.push(identity.found)
    principals.set(identity.principalId.toLowerCase(), { identity: made.id, ...identity.found.finding })
  }
  const assignments: Found[] = []
  for (const made of roles) assignments.push(...(await assignmentIn(made, principals, of)))
  return [...(await rulesLeft(of)), ...assignments, ...identities]
}

const hasOwner = async ({ owner }: MadeInAzure, store: Store): Promise<boolean> =>
  (await store.sweeps.look({ kind: 'identity', key: owner as Key })) !== undefined

const plain = { isOwned: false, isSystem: false, isGoing: false, isMarked: false } as const
const pruneTag = 'service-connector-prune'

async function identityIn(
  made: MadeInAzure,
  of: AzureSweeping,
): Promise<{ readonly found: Found; readonly principalId: string } | undefined> {
  const identity = await of.azure.identity(made.id)
  const credentials = identity && (await of.azure.credentials(made.id))
  // Resource Graph is behind: it is gone.
  if (!identity || !credentials) return undefined
  const cluster = clusterOf(made.id, of.installation, of.clusters)
  const unproven = wrongIdentity(made, identity, of.installation, cluster)
  const account = `sc-account-${identity.clientId.toLowerCase()}`
  const users = [
    ...credentialsOfOthers(credentials, of.installation).map((name) => `federated credential ${name}`),
    ...(of.accounts.has(account) ? [`ServiceAccount ${account}`] : []),
  ]
  const isKnown = users.length > 0 || (cluster !== undefined && (of.seen.has(keyOf(cluster)) || (await isGone(cluster, of))))
  const finding: Finding = {
    ...plain,
    optOut: identity.tags[pruneTag] === 'disabled' ? `tag ${pruneTag}` : undefined,
    users: isKnown
      ? users
      : { unknown: [`ServiceAccounts of ${cluster === undefined ? 'its cluster' : `cluster ${resourceId(cluster).name}`}`] },
    ...(unproven === undefined ? {} : { unproven }),
  }
  return {
    found: { made, finding, isOwned: () => hasOwner(made, of.store), remove: () => of.azure.removeIdentity(made.id) },
    principalId: identity.principalId,
  }
}

/** No pod runs there any more: Azure Resource Manager and Resource Graph say so. Whatever else they answer proves nothing. */
async function isGone(cluster: string, { arm, azure }: AzureSweeping): Promise<boolean> {
  try {
    if ((await arm.get(cluster, clusterApi)) !== undefined) return false
    await surelyAbsent(cluster, resourceId(cluster).name, azure)
    return true
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return false
  }
}

async function assignmentIn(made: MadeInAzure, principals: ReadonlyMap<string, Principal>, of: AzureSweeping): Promise<readonly Found[]> {
  const assignment = await of.azure.assignment(made.id)
  if (!assignment) return []
  const unproven = wrongAssignment(made, assignment, of.installation)
  const principal = principals.get(assignment.principalId.toLowerCase())
  const finding: Finding = {
    ...plain,
    users: usersOf(principal),
    ...(unproven === undefined ? {} : { unproven }),
  }
  return [{ made, finding, isOwned: () => hasOwner(made, of.store), remove: () => of.azure.removeAssignment(made.id) }]
}

/** Only of identities that this installation made is known who uses them. One that is kept keeps its roles. */
function usersOf(principal: Principal | undefined): Finding['users'] {
  if (!principal) return { unknown: ['what signs in as its principal'] }
  const { identity, users, optOut } = principal
  const isKept = optOut !== undefined || !('unknown' in users || users.length === 0)
  return isKept ? [`identity ${identity}`] : users
}

async function judgeOne(
  { made, finding, isOwned, remove }: Found,
  id: string,
  was: Suspect | undefined,
  of: AzureSweeping,
): Promise<Suspect> {
  const { settings, budget } = of
  const now = of.now()
  const { act, verdict, reason, isFree, users } = decide(finding, was ?? {}, {
    now,
    graceMs: settings.graceMs,
    isOn: settings.mode !== 'report',
  })
  const { kind } = made
  const draft: Suspect = {
    ...{ id, uid: keyOf(made.id), kind, place: made.id, product: 'installation', since: past(was?.since ?? now, now), verdict, reason },
    ...(was?.markedAt === undefined || act === 'unmark' ? {} : { markedAt: was.markedAt }),
    ...(was?.etag === undefined ? {} : { etag: was.etag }),
    ...(isFree ? { freeSince: past(was?.freeSince ?? now, now) } : {}),
    ...(users ? { users } : {}),
  }
  // Nothing is written to what is marked: a tag would change the resource, and a role assignment has none.
  if (act === 'mark') return { ...draft, markedAt: now }
  if (act !== 'delete') return draft
  if (budget.left <= 0) return { ...draft, verdict: 'waiting', reason: 'this run has deleted as many objects as it may' }
  budget.left--
  try {
    if (await isOwned()) return { ...draft, verdict: 'waiting', reason: 'its connection came back just now' }
    await remove()
    return draft
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { ...draft, verdict: 'refused', reason: problemOf(error.fields).text }
  }
}
