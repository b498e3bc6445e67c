// The connections that policies make on a cluster. Pure: targets that a rule finds by tag or region were looked up before, and stand beside the rule
// (`Policy.found`). What a rule cannot do on this cluster is a fault that says why, and never stops the others.
import { type ConnectRule, isByPlace, mostFound, type ResourcePlace } from '../model/connect-rule.ts'
import { type ConnectionSpec, linkerId } from '../model/connection.ts'
import { keyOf, type Loop } from '../model/loop.ts'
import type { Policy } from '../model/policy.ts'
import type { Fault } from '../model/problem.ts'
import { parseResourceId, resourceId } from '../model/resource-id.ts'
import { type TargetPlace, targetAt, targetOn } from '../model/target-place.ts'
import { type TargetType, targetTypeNamed } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import { isConnectionName } from './connection-fields.ts'
import type { Field } from './connection-input.ts'
import { specOf } from './connection-spec.ts'
import { matchesPlace, regionOf, tagIn } from './place-match.ts'
import { optionNames } from './words.ts'

export type PolicyConnections = { readonly specs: readonly ConnectionSpec[]; readonly faults: readonly Fault[] }
type Where = { readonly cluster: Loop<'cluster'>; readonly place: ResourcePlace }

/** As the options of tags are called, but for the list. */
const fields: Readonly<Record<Field, string>> = { ...optionNames, roles: 'roles' }

/** Of two rules that make the same name, the first one counts: by the name of the policy, then by place in it. */
export function policyConnections(
  policies: readonly Policy[],
  where: Where,
  installation: Installation,
  types: readonly TargetType[],
): PolicyConnections {
  const specs = new Map<string, ConnectionSpec>()
  const faults: Fault[] = []
  const refuse = (policy: string, at: number, message: string): void => {
    const of = keyOf(linkerId(where.cluster.id, `policy/${policy}/${at}`))
    faults.push({ code: 'PolicyCannotConnect', about: { policy, rule: String(at + 1), message }, of })
  }
  for (const { name: policy, connect = [], found = {}, beyond = {} } of policies.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    for (const [at, rule] of connect.entries()) {
      if (!matchesPlace(rule.clusters, where.place)) continue
      if (beyond[at] !== undefined)
        refuse(
          policy,
          at,
          `${mostFound + beyond[at]} targets match, and a rule connects ${mostFound} at most; write rules that match fewer`,
        )
      try {
        for (const spec of specsOf(rule, found[at] ?? [], policy, where, installation, types)) {
          const other = specs.get(spec.key)
          if (other)
            refuse(policy, at, `the policy ${other.policy} has a connection of the name ${spec.name} already; write {target} into the name`)
          else specs.set(spec.key, spec)
        }
      } catch (error) {
        if (!(error instanceof NotPossible)) throw error
        refuse(policy, at, error.message)
      }
    }
  return { specs: [...specs.values()], faults }
}

class NotPossible extends Error {}

function specsOf(
  rule: ConnectRule,
  found: readonly ResourcePlace[],
  policy: string,
  where: Where,
  installation: Installation,
  types: readonly TargetType[],
): readonly ConnectionSpec[] {
  const type = targetTypeNamed(rule.target.type, types)
  if (!type) throw new NotPossible(`'${sanitize(rule.target.type)}' is not a target type that can be connected`)
  return targetsOf(rule, found, type, where.place).map((target) => specAt(rule, type, target, policy, where, installation))
}

function targetsOf(
  { target }: ConnectRule,
  found: readonly ResourcePlace[],
  type: TargetType,
  cluster: ResourcePlace,
): readonly TargetPlace[] {
  if (!isByPlace(target)) {
    const id = parseResourceId(target.id)
    const place = id && targetAt(id, type)
    if (!place) throw new NotPossible(`'${sanitize(target.id)}' is not the id of a ${type.type}`)
    return [place]
  }
  const near = target.region === 'same' ? found.filter(({ location }) => regionOf(location) === regionOf(cluster.location)) : found
  if (target.region === 'same' && near.length !== 1) {
    const names = near.map(({ id }) => resourceId(id).name).sort()
    throw new NotPossible(
      near.length === 0
        ? `there is no ${type.type} that matches in ${regionOf(cluster.location)}`
        : `${near.length} match in ${regionOf(cluster.location)}, and which of them is meant is not known: ${names.join(', ')}`,
    )
  }
  return near.map(({ id }) => {
    const place = targetOn(resourceId(id), type, target.child)
    if (!place) throw new NotPossible(`a ${type.type} is a child of its resource: write child`)
    return place
  })
}

function specAt(
  rule: ConnectRule,
  type: TargetType,
  target: TargetPlace,
  policy: string,
  { cluster, place }: Where,
  installation: Installation,
): ConnectionSpec {
  const text = (template: string | undefined): string | undefined => template && expanded(template, place, target)
  const name = text(rule.name) ?? ''
  if (!isConnectionName(name))
    throw new NotPossible(`'${sanitize(name)}', of the template ${rule.name}, is not a valid name of a connection`)
  const input = {
    origin: 'policy' as const,
    policy,
    name,
    cluster,
    type,
    target,
    namespace: text(rule.namespace),
    workload: text(rule.workload),
    auth: rule.auth,
    client: rule.client,
    identity: rule.identity,
    roles: rule.roles,
    firewall: rule.firewall,
    keyNaming: rule.keys,
    transport: rule.transport,
    federation: rule.federation,
    shape: rule.shape,
  }
  const read = specOf(input, installation, fields)
  if ('value' in read) return read.value
  throw new NotPossible(read.issues.map(({ field, message, hint }) => `${field}: ${message}; write ${hint}`).join('; '))
}

/** `{cluster}`, `{group}`, `{region}`, `{target}` and `{tag:<name>}`, a tag of the cluster. */
function expanded(template: string, cluster: ResourcePlace, target: TargetPlace): string {
  const { name, group } = resourceId(cluster.id)
  const words: Readonly<Record<string, string>> = {
    cluster: name,
    group,
    region: regionOf(cluster.location),
    target: parseResourceId(target.owner)?.name ?? '',
  }
  return template
    .replaceAll(/\{([^{}]*)\}/g, (whole, word: string) => {
      const value = word.startsWith('tag:') ? tagIn(cluster.tags, word.slice(4)) : Object.hasOwn(words, word) ? words[word] : undefined
      if (value !== undefined) return value
      throw new NotPossible(
        word.startsWith('tag:')
          ? `the cluster has no tag '${sanitize(word.slice(4))}', which ${whole} stands for`
          : `${sanitize(whole)} is not known; write {cluster}, {group}, {region}, {target} or {tag:<name>}`,
      )
    })
    .toLowerCase()
}
