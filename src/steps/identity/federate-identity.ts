// Federated credentials: one for each cluster's issuer and ServiceAccount that may use the identity. Azure compares issuer and subject
// case-sensitively, refuses concurrent writes and allows 20 per identity (docs/azure-behaviour.md#federated-credentials); the issuer ends with a
// slash.

import { fitting } from '../../contract/capacity.ts'
import { eachChange } from '../../contract/each-change.ts'
import type { Step } from '../../contract/step.ts'
import { Failure } from '../../errors/failure.ts'
import type { Connection } from '../../model/connection.ts'
import { isBound } from '../../model/federation.ts'
import { identityKindOf } from '../../model/identity-kind.ts'
import type { DesiredObjects, Need, ObservedState } from '../../model/managed-object.ts'
import type { CredentialObject } from '../../model/managed-objects.ts'
import { credentialName, serviceAccountName, serviceAccountSubject } from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { Credential } from '../../ports/azure.ts'
import { byHandCredentials } from '../by-hand/azure.ts'
import { identityUsers } from './identity-users.ts'
import { unbound } from './trust.ts'

export const audience = 'api://AzureADTokenExchange'
export const mostCredentials = 20

export const federateIdentity: Step<'identity', CredentialObject, number> = {
  name: 'federate-identity',
  loop: 'identity',
  outlives: true,
  after: ['ensure-identity'],
  reads: ['cluster'],

  desired(view): DesiredObjects<CredentialObject> {
    const { clientId } = view.facts
    if (view.members.length === 0 || identityKindOf(view.loop) !== 'managed') return { objects: [] }
    if (clientId === undefined) return { objects: [], waiting: [untilIdentity(view)], incomplete: true }
    const all = identityUsers(view).users
    const { users, waiting } = trustedBy(
      all.filter((member) => !isBound(member)),
      serviceAccountName(clientId),
      view,
    )
    const objects = objectsFor(users, view)
    const { fits, full } = within(objects, users, view)
    // Members that have changed to an identity binding keep their credential until their pods may use that.
    const staying = objectsFor(trustedBy(unbound(all, view), serviceAccountName(clientId), view).users, view).filter(
      ({ id }) => !users.has(id),
    )
    return {
      objects: fits,
      later: [...objects.filter((object) => !fits.includes(object)), ...staying],
      waiting,
      faults: full,
      ...(waiting.length > 0 ? { incomplete: true as const } : {}),
    }
  },

  async observe(view, { objects }, ports) {
    if (objects.length === 0) return { observed: [], facts: { credentials: undefined }, found: 0 }
    const there = (await ports.identities.credentials(view.loop.id)) ?? []
    const credentials = there.map(({ issuer, subject }) => `${issuer}|${subject}`).sort()
    return { observed: objects.map((object) => observedState(object, there)), facts: { credentials }, found: there.length }
  },

  async apply(changes, found, view, ports) {
    let count = found
    await eachChange(changes, async ({ action, object: { name, issuer, subject } }) => {
      if (action === 'delete') {
        await ports.identities.deleteCredential(view.loop.id, name)
        count--
        return
      }
      // Those of others are only counted here, if none were known before; Azure's error for exceeding the limit is not documented.
      if (action === 'create' && count >= mostCredentials) throw tooMany(view, count + 1)
      await ports.identities.addCredential(view.loop.id, { name, issuer, subject, audiences: [audience] })
      count++
    })
    return { done: true }
  },

  byHand: (changes, view) => byHandCredentials(changes, view.loop.id, audience),
}

export const untilIdentity = (view: View<'identity'>): Need => ({
  of: [view.loop],
  text: `waiting until identity ${nameOf(view.loop)} is there`,
  nextRunAt: view.now + 10 * minute,
})

type Users = ReadonlyMap<string, readonly Connection[]>

/** By issuer and subject. */
function trustedBy(
  members: readonly Connection[],
  account: string,
  view: View<'identity'>,
): { readonly users: Users; readonly waiting: readonly Need[] } {
  const waiting: Need[] = []
  const users = new Map<string, Connection[]>()
  for (const member of members) {
    const { issuer } = view.of(member.cluster)
    if (issuer === undefined) waiting.push(untilIssuer(member, view))
    else {
      const id = `${issuer}|${serviceAccountSubject(member.namespace, account)}`
      users.set(id, [...(users.get(id) ?? []), member])
    }
  }
  return { users, waiting }
}

const objectsFor = (users: Users, view: View<'identity'>): readonly CredentialObject[] =>
  [...users].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, members]) => ({ ...credential(id, view), ...onlyFor(members) }))

export const untilIssuer = (member: Connection, view: View<'identity'>): Need => ({
  of: [member.cluster],
  text: `waiting until cluster ${nameOf(member.cluster)} has an OIDC issuer that identity ${nameOf(view.loop)} can trust`,
  nextRunAt: view.now + 10 * minute,
  member: member.key,
})

function credential(id: string, view: View<'identity'>): CredentialObject {
  const [issuer = '', subject = ''] = id.split('|')
  const name = credentialName(view.installation.name, issuer, subject)
  const resource = `${view.loop.id}/federatedIdentityCredentials/${name}`
  const summary = `federated credential of identity ${nameOf(view.loop)} for ${subject}`
  return { kind: 'credential', id, summary, issuer, subject, name, resource }
}

/** Those that others made take up room. */
function within(
  objects: readonly CredentialObject[],
  users: Users,
  view: View<'identity'>,
): { readonly fits: readonly CredentialObject[]; readonly full: readonly Fault[] } {
  const there = new Set(view.facts.credentials ?? [])
  const ours = view.tracked('federate-identity').filter((row) => row.ownership !== 'adopted')
  const known = new Set([...objects, ...ours.map((row) => row.object)].map(({ id }) => id))
  const others = [...there].filter((id) => !known.has(id)).length
  const { fits, left } = fitting(objects, ({ id }) => there.has(id), mostCredentials - others)
  const without = left.flatMap(({ id }) => users.get(id) ?? [])
  return { fits, full: without.map(({ key }) => ({ ...credentialLimit(view, objects.length + others), of: key })) }
}

/** Under another name it belongs to others and serves as well; the app never deletes it. The app's name with other content is not free either. */
function observedState({ id, issuer, subject, name }: CredentialObject, there: readonly Credential[]): ObservedState {
  const found = there.find((other) => other.issuer === issuer && other.subject === subject)
  if (!found && there.some((other) => other.name === name))
    return { id, state: 'different', mark: 'none', difference: `another issuer and subject stand under the name ${name}` }
  if (!found) return { id, state: 'absent' }
  const mark = found.name === name ? 'ours' : 'foreign'
  if (found.audiences.length === 1 && found.audiences[0] === audience) return { id, state: 'same', mark }
  return { id, state: 'different', mark, difference: `its audience is ${found.audiences.join(', ') || 'missing'}` }
}

export const credentialLimit = (view: View<'identity'>, count: number): Fault => ({
  code: 'CredentialLimit',
  about: { identity: nameOf(view.loop), count: String(count), max: String(mostCredentials) },
})

const tooMany = (view: View<'identity'>, count: number): Failure => new Failure({ class: 'manual', ...credentialLimit(view, count) })
