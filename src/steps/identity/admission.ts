// Whether the app may let itself in at a server of databases that shut it out, and for how long it tries. Pure. docs/adr/0094-let-in-for-a-round.md
//
// Surprising: an audit that cannot look is no reason to open a server again and again. After rules did not help, or a server saw the app under an address that is
// not one of the app's, the next try is a day later, or when a person asks for it.
import type { ShutOut } from '../../model/admission.ts'
import type { Connection } from '../../model/connection.ts'
import { covers } from '../../model/egress.ts'
import { parseGrant } from '../../model/grant.ts'
import type { Need } from '../../model/managed-object.ts'
import type { GrantObject } from '../../model/managed-objects.ts'
import type { Problem } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import { type Lists, placeOf } from './granted.ts'
import { identityUsers } from './identity-users.ts'

/** A server whose firewall the app may open for itself: `id` as it is written, and the members whose users are there. */
type Admitting = { readonly id: string; readonly members: readonly Connection[] }

/** By id, lower case. Of members that may open firewalls; and of users that the app made for such ones, until these are gone. */
export function admittingServers(view: View<'identity'>): ReadonlyMap<string, Admitting> {
  if (view.installation.ownAddresses === undefined) return new Map()
  const openers = identityUsers(view).users.filter(({ firewall, roles }) => firewall === 'open' && roles.some(isDatabaseRole))
  const ofMembers = openers.map((member): Admitting => ({ id: member.target.id, members: [member] }))
  const ofLedger = view.tracked('assign-roles').flatMap(({ object, ownership }): readonly Admitting[] => {
    const { grant, scope, owner = scope, firewall } = object as GrantObject
    return grant === 'databaseRole' && firewall === 'open' && ownership !== 'adopted' ? [{ id: owner, members: [] }] : []
  })
  const byId = Map.groupBy([...ofMembers, ...ofLedger], ({ id }) => id.toLowerCase())
  return new Map([...byId].map(([key, all]) => [key, { id: all[0]?.id ?? key, members: all.flatMap(({ members }) => members) }]))
}

/** What the lists say: where the app was shut out, and the objects that have to wait until it is in. */
export function shutOutIn(objects: readonly GrantObject[], lists: Lists, view: View<'identity'>) {
  const closed = objects.flatMap((object) => {
    const list = lists.get(placeOf(object)) ?? []
    const server = object.owner ?? object.scope
    const admission = 'code' in list ? admissionAt(server, list, view) : undefined
    return admission ? [{ object, key: server.toLowerCase(), ...admission }] : []
  })
  const waits = new Map(
    closed.flatMap(({ wait, object: { of } }) => (wait ? [[wait.text, of === undefined ? wait : { ...wait, member: of }]] : [])),
  )
  return {
    shutOut: closed.length > 0 ? Object.fromEntries(closed.map(({ key, shutOut }) => [key, shutOut] as const)) : undefined,
    notYetReached: closed.flatMap(({ object, wait }) => (wait ? [object.id] : [])),
    waiting: [...waits.values()],
  }
}

const isDatabaseRole = (grant: string): boolean => parseGrant(grant).kind === 'databaseRole'

/** Operations of servers take a minute, and a rule up to five to have an effect. */
const untilThere = 15 * minute
const untilEffective = 10 * minute
const untilNext = 24 * 60 * minute

/** `undefined`: nothing will let the app in. `wait`: as long as it can still come in. */
type Admission = { readonly shutOut: ShutOut; readonly wait?: Need } | undefined

/** After the server refused, or did not answer. `problem`: in its words. */
function admissionAt(server: string, problem: Problem, view: View<'identity'>): Admission {
  const { now, facts, installation, requestedAt = 0 } = view
  const key = server.toLowerCase()
  const addresses = installation.ownAddresses ?? []
  if (problem.code !== 'DatabaseUnreachable' || !admittingServers(view).has(key)) return undefined
  const despite = addresses.join(' ')
  const givenUp = { shutOut: { since: now, despite } }
  const before = facts.shutOut?.[key]
  const isOver =
    before?.despite !== undefined && (before.despite !== despite || requestedAt > before.since || now - before.since >= untilNext)
  if (before?.despite !== undefined && !isOver) return { shutOut: before }
  const seen = addressSeen(problem)
  if (seen !== undefined && !covers(addresses, seen)) return givenUp
  const shutOut = before === undefined || isOver ? { since: now } : { since: before.since }
  const letIn = facts.letIn?.[key]
  const isIn = letIn !== undefined && letIn.at >= shutOut.since
  if (isIn && (letIn.useless || now - letIn.at >= untilEffective)) return givenUp
  if (!isIn && now - shutOut.since >= untilThere) return { shutOut }
  const name = nameOf({ id: server })
  const text = isIn
    ? `waiting until the firewall rule of ${name} for the app has taken effect`
    : `waiting until the firewall of ${name} lets the app in`
  return { shutOut, wait: { of: [view.loop], text, nextRunAt: now + (isIn ? minute / 2 : 2 * minute) } }
}

/** As which address the server saw the app, where it says so: in the words of PostgreSQL, and of Azure SQL. */
const addressSeen = ({ cause }: Problem): string | undefined =>
  /no pg_hba\.conf entry for host "([\d.]+)"|Client with IP address '([\d.]+)' is not allowed/i.exec(cause)?.slice(1).find(Boolean)
