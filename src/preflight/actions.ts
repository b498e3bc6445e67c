// Which of the app's Azure rights a connection needs, and where: from the one list in infra/actions.json, by tier and step. Pure.
import actions from '../../infra/actions.json' with { type: 'json' }
import { authTypeOf, featuresOf, isFetched } from '../auth/catalogue.ts'
import type { Connection } from '../model/connection.ts'
import { endpointOf } from '../model/endpoint-target.ts'
import type { ClusterFacts, TargetFacts } from '../model/facts.ts'
import { lackingIn } from '../model/feature.ts'
import { isBound } from '../model/federation.ts'
import { parseGrant } from '../model/grant.ts'
import { groupId, resourceId } from '../model/resource-id.ts'
import { isStepName, type StepName } from '../model/step-name.ts'
import { extensionsOf } from '../steps/cluster/needed-extensions.ts'
import { grantTypes } from '../steps/identity/grants/catalogue.ts'
import { resourceOf, resources, targetOf } from '../targets/catalogue.ts'
import { rightsOf } from '../targets/resource.ts'
import { transportTypeOf, transportTypes } from '../transports/catalogue.ts'

export type Need = { readonly action: string; readonly scope: string; readonly step: StepName }
type Tier = keyof typeof actions
export type Known = {
  readonly cluster: Partial<ClusterFacts>
  readonly target: Partial<TargetFacts>
  /** Steps that only report need no write permission. */
  readonly reports: (step: StepName) => boolean
}

/** resolve-egress is left out: which of its rights are needed depends on the cluster's egress, and observing tells exactly. */
export function actionsFor(connection: Connection, known: Known): readonly Need[] {
  return Object.entries(actions).flatMap(([tier, { actions: listed }]) =>
    Object.entries(listed as Readonly<Record<string, readonly string[]>>).flatMap(([action, steps]) =>
      // The list also names functions that are not steps, such as the sweep.
      steps
        .filter(isStepName)
        .filter((step) => !isOfAnother(action, connection) && isNeeded(tier as Tier, step, action, connection, known))
        .flatMap((step) => {
          const scope = scopeOf(step, action, connection)
          return scope === undefined ? [] : [{ action, scope, step }]
        }),
    ),
  )
}

function isNeeded(tier: Tier, step: StepName, action: string, connection: Connection, known: Known): boolean {
  const isReading = action.toLowerCase().endsWith('/read')
  const { provided, roles, firewall } = connection
  const transport = transportTypeOf(connection)
  const auth = authTypeOf(connection)
  // In a tier of its own each step is listed for what it does: write-resources reads keys, and uses the extension or direct access.
  const isInstalled = ['register-provider', 'install-extension'].includes(step) && extensionsOf(connection).length > 0
  if (tier !== transport.tier && !isInstalled && transportTypes.some((other) => other.tier === tier)) return false
  if (tier === 'keys' && !isFetched({ auth: auth.name, type: targetOf(connection.type) })) return false
  if (isOfAnotherGrant(action, step, connection)) return false
  const byStep: Readonly<Partial<Record<StepName, boolean>>> = {
    'read-cluster': true,
    'read-target': true,
    'enable-features': lackingIn(known.cluster, featuresOf(connection)).length > 0,
    'open-firewall': firewall === 'open' && known.target.network !== 'open' && known.target.network !== 'closed',
    'ensure-identity': auth.identity === 'managed' && (isReading || !provided),
    'federate-identity': auth.identity === 'managed' && !isBound(connection),
    'bind-identity': isBound(connection),
    'assign-roles': roles.length > 0,
    'write-service-accounts': auth.serviceAccount,
    'write-cluster-roles': isBound(connection),
    'write-resources': true,
    'write-shapes': connection.shape !== undefined || connection.dapr !== undefined,
    'register-provider': extensionsOf(connection).length > 0 && known.cluster.provider === undefined,
    'install-extension': true,
    'configure-flux': transport.prerequisites.includes('configure-flux'),
  }
  return byStep[step] === true && (isReading || !known.reports(step))
}

/** Rights that only a grant of a kind needs, by action. */
const ofGrants = new Map(
  Object.values(grantTypes).flatMap(({ kind, rights: own }) =>
    [...(own?.read ?? []), ...(own?.write ?? [])].map((action) => [action.toLowerCase(), kind] as const),
  ),
)
const isOfAnotherGrant = (action: string, step: StepName, { roles }: Connection): boolean => {
  const kind = step === 'assign-roles' ? ofGrants.get(action.toLowerCase()) : undefined
  return kind !== undefined && !roles.some((role) => parseGrant(role).kind === kind)
}

const rights = new Map(resources.map((resource) => [resource.armType, new Set(rightsOf(resource).map((right) => right.toLowerCase()))]))
const isOf = (action: string, armType: string | undefined): boolean =>
  armType !== undefined && rights.get(armType)?.has(action.toLowerCase()) === true

const armTypeOf = (target: Connection['target']): string | undefined => (endpointOf(target) ? undefined : resourceId(target.id).type)

/** An action on resources of another kind than the connection's target. */
const isOfAnother = (action: string, { target }: Connection): boolean =>
  !isOf(action, resourceOf(armTypeOf(target) ?? '')?.armType) && [...rights.keys()].some((armType) => isOf(action, armType))

/** An identity that the app will create does not exist yet: it will inherit the permissions of its group. */
function scopeOf(step: StepName, action: string, { cluster, target, identity, provided }: Connection): string | undefined {
  if (step === 'register-provider') return `/subscriptions/${resourceId(cluster.id).subscription}`
  if (['read-target', 'open-firewall', 'assign-roles'].includes(step) || isOf(action, armTypeOf(target)))
    return endpointOf(target) ? undefined : target.id
  const isOfIdentity = action.startsWith('Microsoft.ManagedIdentity/')
  if (isOfIdentity && (step === 'ensure-identity' || step === 'federate-identity' || step === 'bind-identity'))
    return identity && (provided ? identity.id : groupId(identity.id))
  return cluster.id
}
