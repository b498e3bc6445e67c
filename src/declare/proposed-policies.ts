// The policies that would allow connections that exist elsewhere, and nothing beside them: what an import proposes, for a person to save. Pure.
import { canonical } from '../model/canonical.ts'
import { type ConnectionSpec, defaultTransport } from '../model/connection.ts'
import { defined } from '../model/defined.ts'
import { keyOf } from '../model/loop.ts'
import type { Allow } from '../model/policy.ts'
import { short } from '../model/resource-id.ts'
import { shortKeptSecret } from '../model/secret-ref.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { beyond, providedIdentity, shortTarget } from './consent.ts'
import { waysFor } from './ways.ts'

export type ProposedPolicy = {
  readonly name: string
  readonly allow: Allow
  /** Names of the connections. */
  readonly connections: readonly string[]
}

/**
 * A policy allows each of its targets with everything else that it names, so only connections that differ in nothing but the target share one.
 * `defaultsOf`: texts of the default grants of the target's type. A name says what the policy allows beside targets: the same import names it the same.
 */
export function proposedPolicies(
  specs: readonly ConnectionSpec[],
  defaultsOf: (spec: ConnectionSpec) => readonly string[],
): readonly ProposedPolicy[] {
  const groups = Map.groupBy(specs, (spec) => canonical(besideTarget(spec, defaultsOf(spec))))
  return [...groups].flatMap(([text, [first, ...more]]) => {
    if (!first) return []
    const all = [first, ...more]
    const targets = [...new Set(all.map(shortTarget))].sort()
    const name = `import-${first.namespace.slice(0, 28)}-${keyOf(text)}`
    return { name, allow: { ...besideTarget(first, defaultsOf(first)), targets }, connections: all.map((spec) => spec.name).sort() }
  })
}

function besideTarget(spec: ConnectionSpec, defaults: readonly string[]): Omit<Allow, 'targets'> {
  const identity = providedIdentity(spec)
  const roles = beyond(spec.roles, defaults)
  return defined({
    clusters: [short(spec.cluster.id)],
    namespaces: [spec.namespace],
    auth: [spec.auth],
    identities: identity === undefined ? undefined : [identity],
    roles: roles.length > 0 ? [...roles].sort() : undefined,
    secrets: spec.keptSecret ? [shortKeptSecret(spec.keptSecret)] : undefined,
    transports: spec.transport === defaultTransport ? undefined : [...waysFor(spec)],
    changeClusters: transportTypeOf(spec).changesCluster || spec.kubernetesExtension ? true : undefined,
    // What Azure Service Connector wrote differs in its marks at least.
    adopt: true,
  })
}
