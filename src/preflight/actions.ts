// Which of the app's Azure rights a connection needs, and where: from the one list in infra/actions.json, by tier and step. Pure.
import actions from '../../infra/actions.json' with { type: 'json' }
import type { Connection } from '../model/connection.ts'
import type { ClusterFacts, TargetFacts } from '../model/facts.ts'
import { groupId, resourceId } from '../model/resource-id.ts'
import { resourceOf, resources } from '../targets/catalogue.ts'
import { rightsOf } from '../targets/resource.ts'

export type Need = { readonly action: string; readonly scope: string; readonly step: string }
type Tier = keyof typeof actions
export type Known = {
  readonly cluster: Partial<ClusterFacts>
  readonly target: Partial<TargetFacts>
  /** Steps that only report need no write permission. */
  readonly reports: (step: string) => boolean
}

/** resolve-egress is left out: which of its rights are needed depends on the cluster's egress, and observing tells exactly. */
export function actionsFor(connection: Connection, known: Known): readonly Need[] {
  return Object.entries(actions).flatMap(([tier, { actions: listed }]) =>
    Object.entries(listed as Readonly<Record<string, readonly string[]>>).flatMap(([action, steps]) =>
      steps
        .filter((step) => !isOfAnother(action, connection) && isNeeded(tier as Tier, step, action, connection, known))
        .flatMap((step) => {
          const scope = scopeOf(step, action, connection)
          return scope === undefined ? [] : [{ action, scope, step }]
        }),
    ),
  )
}

function isNeeded(
  tier: Tier,
  step: string,
  action: string,
  { auth, provided, roles, firewall, transport }: Connection,
  known: Known,
): boolean {
  const isReading = action.toLowerCase().endsWith('/read')
  const isOurs = auth === 'workload-identity'
  // In a tier of its own each step is listed for what it does: write-resources reads keys, and uses the extension or direct access.
  if (tier === 'clusters' && transport !== 'direct') return false
  if (tier === 'keys' && auth !== 'secret') return false
  if (tier === 'extension' && transport !== 'extension') return false
  const byStep: Readonly<Record<string, boolean>> = {
    'read-cluster': true,
    'read-target': true,
    'enable-features': isOurs && !(known.cluster.issuer && known.cluster.workloadIdentity),
    'open-firewall': firewall === 'open' && known.target.network !== 'open' && known.target.network !== 'closed',
    'ensure-identity': isOurs && (isReading || !provided),
    'federate-identity': isOurs,
    'assign-roles': roles.length > 0,
    'write-service-accounts': isOurs,
    'write-resources': true,
    'register-provider': transport === 'extension' && known.cluster.provider === undefined,
    'install-extension': true,
  }
  // The list also names functions that are not steps, such as the sweep.
  return byStep[step] === true && (isReading || !known.reports(step))
}

const rights = new Map(resources.map((resource) => [resource.armType, new Set(rightsOf(resource).map((right) => right.toLowerCase()))]))
const isOf = (action: string, armType: string | undefined): boolean =>
  armType !== undefined && rights.get(armType)?.has(action.toLowerCase()) === true

/** An action on resources of another kind than the connection's target. */
const isOfAnother = (action: string, { target }: Connection): boolean =>
  !isOf(action, resourceOf(resourceId(target.id).type)?.armType) && [...rights.keys()].some((armType) => isOf(action, armType))

/** An identity that the app will create does not exist yet: it will inherit the permissions of its group. */
function scopeOf(step: string, action: string, { cluster, target, identity, provided }: Connection): string | undefined {
  if (step === 'register-provider') return `/subscriptions/${resourceId(cluster.id).subscription}`
  if (['read-target', 'open-firewall', 'assign-roles'].includes(step) || isOf(action, resourceId(target.id).type)) return target.id
  if (step === 'ensure-identity' || step === 'federate-identity') return identity && (provided ? identity.id : groupId(identity.id))
  return cluster.id
}
