// What the identity is granted on the members' targets. How a kind of grant is observed, made, compared and removed is an entry of grants/catalogue.ts.
import { eachChange } from '../../contract/each-change.ts'
import type { Step } from '../../contract/step.ts'
import { grantFactOf } from '../../model/grant-fact.ts'
import type { Change, LedgerEntry, ObservedState } from '../../model/managed-object.ts'
import type { GrantObject } from '../../model/managed-objects.ts'
import { groupId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { commandsOf, joined } from '../by-hand/by-hand.ts'
import { shutOutIn } from './admission.ts'
import { desiredGrants, typeOfGrant } from './desired-grants.ts'
import { factsIn, limitsOf, listsFor, placeOf } from './granted.ts'
import { type GrantTypes, grantTypes } from './grants/catalogue.ts'

export const assignRoles: Step<'identity', GrantObject> = assignRolesBy(grantTypes)

/** `types`: the table of grant kinds. */
function assignRolesBy(types: GrantTypes): Step<'identity', GrantObject> {
  return {
    name: 'assign-roles',
    loop: 'identity',
    outlives: true,
    after: ['ensure-identity'],
    reads: [],

    // Each of a cluster's connections may have a different target: the grants on one of them do not concern the others.
    concerns: (member, { roles: before = [] }, { roles: after = [] }) =>
      member.roles.map((grant) => grantFactOf(grant, member)).some((fact) => before.includes(fact) !== after.includes(fact)),

    desired: (view) => desiredGrants(view, types),

    // Where admit-app has let the app in, this one looks again.
    inputs: ({ facts: { letIn } }) => letIn,

    async observe(view, { objects, desired, tracked }, ports) {
      if (objects.length === 0)
        return { observed: [], facts: { roles: undefined, limits: undefined, shutOut: undefined }, found: undefined }
      const lists = await listsFor(objects, types, view, ports)
      const observed = objects.map((object): ObservedState => {
        const list = lists.get(placeOf(object)) ?? []
        return 'code' in list ? { id: object.id, state: 'unknown', problem: list } : typeOfGrant(types, object).compare(object, list, view)
      })
      const rows = new Map(tracked.map((row) => [row.object.id, row]))
      const adopted = desired.filter((object) => !isOurs(observed[objects.indexOf(object)], rows.get(object.id)))
      const { limits, endsAt } = await limitsOf(desired, adopted, lists, types, ports)
      const { shutOut, notYetReached, waiting } = shutOutIn(objects, lists, view)
      return {
        observed,
        facts: { roles: factsIn(objects, lists, view), limits, shutOut },
        notYetReached,
        waiting,
        // The app then makes its own.
        ...(endsAt === undefined ? {} : { nextRunAt: Math.max(endsAt, view.now + minute) }),
        found: undefined,
      }
    },

    async apply(changes, _found, view, ports) {
      let operation: string | undefined
      const sent: string[] = []
      await eachChange(changes, async (change) => {
        // A resource that is busy refuses the next change: the next attempt makes the rest.
        if (operation !== undefined) return
        operation = (await send(change, view, types, ports)).operation
        sent.push(change.object.id)
      })
      if (operation === undefined) return { done: true }
      return { started: { url: operation, startedAt: ports.now(), what: `grant what ${nameOf(view.loop)} needs`, objects: sent } }
    },

    byHand(changes, view) {
      const kinds = [...Map.groupBy(changes, ({ object }) => typeOfGrant(types, object))]
      const commands = joined(kinds.map(([type, ofKind]) => type.byHand(ofKind, view)))
      // A file of Bicep can only be deployed to one group.
      return groupsOf(changes).size > 1 ? commandsOf({ ...commands, bicep: '' }) : commands
    },
  }
}

const groupsOf = (changes: readonly Change<GrantObject>[]): ReadonlySet<string> =>
  new Set(changes.flatMap(({ action, object: { scope } }) => (action === 'create' ? groupId(scope).toLowerCase() : [])))

const send = ({ action, object, observed }: Change<GrantObject>, view: View<'identity'>, types: GrantTypes, ports: Ports) => {
  const type = typeOfGrant(types, object)
  if (action !== 'delete') return type.make(object, view, ports)
  return type.remove(object, ('version' in observed && observed.version) || undefined, ports, view)
}

/** Whose limits matter: nothing needs to be read for a grant that has the app's name and mark, or is absent. */
const isOurs = (observed: ObservedState | undefined, row: LedgerEntry | undefined): boolean =>
  observed === undefined ||
  !('mark' in observed) ||
  observed.mark === 'ours' ||
  (observed.mark === 'none' && row !== undefined && row.ownership !== 'adopted')
