// Queries Resource Graph four times an hour. It finds tagged clusters without an event: created before the app, or while events were lost. For known
// resources it is evidence (evidence.ts): what is missing, recreated or changed wakes its loop, which reads the truth from ARM.
import { app, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { matches } from '../../declare/consent.ts'
import { consentTag } from '../../declare/target-consent.ts'
import { digestOf, type Evidence, nothing } from '../../model/evidence.ts'
import type { Inventoried } from '../../model/inventory.ts'
import { type Loop, loop } from '../../model/loop.ts'
import { owner, short } from '../../model/resource-id.ts'
import type { LoopRow } from '../../ports/rows.ts'
import { say } from '../../telemetry/log.ts'
import { keyUsers, type Listing, weigh } from '../fleet/evidence.ts'
import type { HandlerContext, HandlerContextOf, Hub } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'
import { applyRules } from '../policies/policy-rules.ts'
import { typesSought } from '../policies/policy-targets.ts'
import { keepConsents } from '../policies/target-consents.ts'
import { touchAndWake } from '../touch.ts'

export function registerDiscover(services: HandlerContextOf): void {
  app.timer('discover', { schedule: '0 */15 * * * *', extraInputs: hubInputs, handler: (_timer, context) => discover(services, context) })
}

export async function discover(servicesOf: HandlerContextOf, context: InvocationContext): Promise<void> {
  const services = servicesOf()
  const hub = services.hub(context)
  const rows: LoopRow[] = []
  for await (const row of services.store.shared()) rows.push(row)
  const known = new Set(rows.filter(({ loop }) => loop.kind === 'cluster').map(({ loop }) => loop.key as string))
  const policies = await services.store.policies()
  const sought = { types: typesSought(policies, services), ...(services.installation.targetConsent ? { tag: consentTag } : {}) }
  const inventory: Inventoried[] = []
  let found = 0
  // App teams can declare something in any cluster that a policy names, and no tag tells of it.
  const inClusters = services.installation.declareInCluster ? policies.flatMap(({ allow }) => allow.clusters) : []
  const isAllowedIn = (id: string): boolean => inClusters.some((pattern) => matches(pattern, short(id)))
  await mapConcurrent(
    services.discover(
      rows.map(({ loop }) => loop.id),
      sought,
    ),
    8,
    async (one) => {
      inventory.push(one)
      const cluster =
        one.what === 'resource' && (one.isTagged || isAllowedIn(one.id))
          ? owner(one.id, 'microsoft.containerservice/managedclusters')
          : undefined
      if (cluster === undefined || known.has(loop('cluster', cluster).key)) return
      const place = loop('cluster', cluster)
      known.add(place.key)
      found++
      await touchAndWake(place, 'wake', { store: services.store, hub, context }, { make: true })
    },
  )
  if (found > 0) say(context, 'log', { event: 'discovered', clusters: found })
  const places = inventory.flatMap((one) => (one.what === 'resource' && one.place ? [one.place] : []))
  await keepConsents(policies, places, { services, hub, context })
  await applyRules(policies, places, known, services, hub, context)
  // Only a complete list shows what is missing.
  await weighAll(rows, inventory, services, hub, context)
}

const resourceList = 'graph'
const rolePrefix = 'role-'

async function weighAll(
  rows: readonly LoopRow[],
  inventory: readonly Inventoried[],
  services: HandlerContext,
  hub: Hub,
  context: InvocationContext,
) {
  const woken = await mapConcurrent(evidenceOf(rows, inventory), 8, async (one) => {
    if (!(await weigh(one, services, hub, context))) return false
    if (one.row.loop.kind === 'target') await wakeKeyUsers(one.row.loop, services, hub, context)
    return true
  })
  const count = woken.filter((one) => one).length
  if (count > 0) say(context, 'log', { event: 'differs', loops: count, text: 'Resources are missing or others than before.' })
}

/** A resource that an operation is changing counts as unchanged. Each role assignment is a list of its own, so a new one wakes no loop. */
function* evidenceOf(rows: readonly LoopRow[], inventory: readonly Inventoried[]): Iterable<Listing> {
  const resources = new Map(inventory.flatMap((one) => (one.what === 'resource' ? [[one.id.toLowerCase(), one] as const] : [])))
  const roles = Map.groupBy(
    inventory.filter((one) => one.what === 'role'),
    ({ owner }) => owner,
  )
  for (const row of rows) {
    if (row.removing) continue
    const resource = resources.get(row.loop.id.toLowerCase())
    const ofItself = resource && resource.digest === undefined ? {} : { [resourceList]: resource?.digest ?? nothing }
    yield { row, listed: { ...ofItself, ...(row.loop.kind === 'identity' ? rolesIn(row, roles.get(row.loop.key) ?? []) : {}) } }
  }
}

/** Roles that were listed before and are not any more count as well. */
function rolesIn({ listed = {} }: LoopRow, roles: readonly { readonly id: string; readonly digest: string }[]): Evidence {
  const before = Object.keys(listed).filter((list) => list.startsWith(rolePrefix))
  return {
    ...Object.fromEntries(before.map((list) => [list, nothing])),
    ...Object.fromEntries(roles.map(({ id, digest }) => [`${rolePrefix}${digestOf(id.toLowerCase())}`, digest])),
  }
}

async function wakeKeyUsers(target: Loop, { store }: HandlerContext, hub: Hub, context: InvocationContext): Promise<void> {
  const users = keyUsers((await store.read(target))?.members ?? [])
  await mapConcurrent(users, 8, async (user) => {
    await touchAndWake(user, 'event', { store, hub, context })
  })
}
