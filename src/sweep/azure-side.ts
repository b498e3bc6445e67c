// The Azure side: what carries this installation's marks or names, and no loop knows any more. What a ledger knows is deleted by its own loop. Anyone who may
// tag can write a tag, so a mark only makes a resource worth a look: what is deleted also has the very name that the app would give it (ADR 17, 61), or
// the app's own memory says that it made it. Each kind has a file: identities-left.ts, credentials-left.ts, grants-left.ts,
// policies-left.ts, firewall-rules.ts.
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { notUnderstood } from '../errors/answer.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { UnexpectedShape } from '../model/answer-shape.ts'
import type { ReportEntry, Skipped, Suspect } from '../model/leftover.ts'
import { azureScope, azureSuspectId } from '../model/leftover.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import { credentialsLeft } from './credentials-left.ts'
import { rulesLeft } from './firewall-rules.ts'
import type { Found } from './found-in-azure.ts'
import { grantsAt, grantsLeft, roleIn, type Sighted } from './grants-left.ts'
import { identityIn, type Principal } from './identities-left.ts'
import { judgeFound } from './judge-found.ts'
import { type Place, places } from './places.ts'
import { type PolicyThere, policiesAt, policiesLeft } from './policies-left.ts'

/** Targets that are read at a time. */
const atOnce = 8

/** A place of which something was not read, so that nothing of it counts as left over, nor as gone. */
type Unread = Skipped & { readonly isKnown: boolean }
type FoundInAzure = { readonly found: readonly Found[]; readonly unread: readonly Unread[] }

export type AzureSwept = {
  readonly entries: readonly ReportEntry[]
  /** Targets of the store that were not looked at. Of those that it has forgotten, the app may not read many. */
  readonly skipped: readonly Skipped[]
}

/** Throws `Failure` where Resource Graph does not answer: then nothing is known. */
export async function sweepAzure(of: AzureSweeping): Promise<AzureSwept> {
  const before = await of.store.sweeps.suspects(azureScope)
  const known = new Map(before.map((row) => [row.id, row]))
  const { found, unread } = await findingsOf(of)
  const suspects: Suspect[] = []
  const entries: ReportEntry[] = []
  // Of what is not read the identity waits, too.
  const unseen = before.filter((was) => unread.some(({ cluster }) => isOn(was, cluster)))
  const holders = new Set(unseen.flatMap(({ heldBy }) => heldBy ?? []))
  for (const one of found) {
    const id = azureSuspectId(one.made.id)
    const was = known.get(id)
    known.delete(id)
    const suspect = await judgeFound(one, id, was, holders, of)
    entries.push({ ...without(suspect), ...(was ? { before: was.verdict } : {}) })
    if (suspect.verdict !== 'deleted' && suspect.verdict !== 'recovered') suspects.push(suspect)
  }
  for (const was of known.values()) {
    const at = unread.find(({ cluster }) => isOn(was, cluster))
    const unknown: Suspect = { ...was, verdict: 'unknown', reason: `what it is on was not read: ${at?.reason}` }
    const gone: Suspect = { ...was, verdict: 'gone', reason: 'it is not there any more, or has an owner again' }
    if (at) suspects.push(unknown)
    entries.push({ ...without(at ? unknown : gone), before: was.verdict })
  }
  await of.store.sweeps.note(before, suspects)
  return { entries, skipped: unread.filter(({ isKnown }) => isKnown).map(({ isKnown: _, ...one }) => one) }
}

const without = ({ etag: _, ...suspect }: Suspect): Omit<Suspect, 'etag'> => suspect

/** Those are listed by Resource Graph, whether their place answers or not. */
const isOn = ({ kind, place }: Suspect, on: string): boolean =>
  kind !== 'RoleAssignment' && kind !== 'ManagedIdentity' && place.toLowerCase().startsWith(`${on.toLowerCase()}/`)

/** What was granted comes first: an identity that is deleted leaves what it had, and then nothing proves whose that was. */
async function findingsOf(of: AzureSweeping): Promise<FoundInAzure> {
  const identities: Found[] = []
  const found: Found[] = []
  const principals: Principal[] = []
  const sighted: Sighted[] = []
  for await (const made of of.azure.made()) {
    if (made.kind === 'RoleAssignment') {
      const role = await roleIn(made, of)
      if (role && 'finding' in role) found.push(role)
      else if (role) sighted.push(role)
      continue
    }
    const identity = await identityIn(made, of)
    if (!identity) continue
    identities.push(identity.found)
    principals.push(identity.principal)
  }
  const unread: Unread[] = []
  const policies: PolicyThere[] = []
  await mapConcurrent(places(of), atOnce, async (place) => {
    try {
      found.unshift(...(await rulesLeft(place, of)))
      sighted.push(...(await grantsAt(place, of)))
      policies.push(...(await policiesAt(place, of)))
    } catch (error) {
      unread.push(unreadAt(place, error))
    }
  })
  const grants = await grantsLeft(sighted, principals, of, (place, error) => unread.push(unreadAt(place, error)))
  const credentials = await credentialsLeft(of, (one) => unread.push({ ...one, isKnown: true }))
  return { found: [...found, ...grants, ...credentials, ...(await policiesLeft(policies, principals, of)), ...identities], unread }
}

/** What has another shape than it should was not read either. */
function unreadAt({ target, isKnown }: Place, error: unknown): Unread {
  const failure = error instanceof UnexpectedShape ? notUnderstood(`read ${target.id}`, error.wrong) : error
  if (!(failure instanceof Failure)) throw failure
  const { code, text } = problemOf(failure.fields)
  return { cluster: target.id, code, reason: text, isKnown }
}
