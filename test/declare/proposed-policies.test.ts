import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowed } from '../../src/declare/consent.ts'
import { proposedPolicies } from '../../src/declare/proposed-policies.ts'
import { policySchema } from '../../src/functions/policies/policy-body.ts'
import type { ConnectionSpec } from '../../src/model/connection.ts'
import { linkerId } from '../../src/model/connection.ts'
import { keyOf, loop } from '../../src/model/loop.ts'
import { installation } from '../functions/test-services.ts'
import { aConnection, accountId, clusterId, defaultRole, identityId, readerRole } from '../model/a-connection.ts'

const defaults = [defaultRole]
const isAllowed = (spec: ConnectionSpec, specs: readonly ConnectionSpec[]): boolean =>
  'by' in
  allowed(
    spec,
    proposedPolicies(specs, () => defaults),
    defaults,
    { installation, guarded: undefined, madeFor: undefined } as never,
  )

/** What policies tell apart. */
const parts = fc.record({
  account: fc.constantFrom('st1', 'st2'),
  namespace: fc.constantFrom('shop', 'web'),
  auth: fc.constantFrom('secret', 'workload-identity'),
  identity: fc.constantFrom(undefined, 'app', 'other'),
  roles: fc.constantFrom([defaultRole], [readerRole]),
  transport: fc.constantFrom('direct', 'extension'),
  cluster: fc.constantFrom('aks', 'aks2'),
})
const specIn = ({
  account,
  namespace,
  auth,
  identity,
  roles,
  transport,
  cluster,
}: typeof parts extends fc.Arbitrary<infer T> ? T : never) => {
  const on = loop('cluster', clusterId.replace(/aks$/, cluster))
  const isSecretless = auth === 'workload-identity'
  return aConnection({
    key: keyOf(linkerId(on.id, `${account}${namespace}`)),
    cluster: on,
    target: loop('target', accountId.replace('stdata', account)),
    namespace,
    auth: auth as never,
    roles: isSecretless ? roles : [],
    transport: transport as never,
    provided: isSecretless && identity !== undefined,
    ...(isSecretless && identity ? { identity: loop('identity', identityId.replace(/app$/, identity)) } : {}),
  })
}
const spec = parts.map(specIn)

describe('proposed policies', () => {
  it('allow the connections that they are proposed for, and no mixture of them', () => {
    const textOf = ({ target, cluster, namespace, auth, roles, transport, provided, identity }: ConnectionSpec): string =>
      JSON.stringify([target.id, cluster.id, namespace, auth, roles, transport, provided && identity?.id])
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), spec, (specs, other) => {
        for (const one of specs) expect(isAllowed(one, specs)).toBe(true)
        expect(isAllowed(other, specs)).toBe(isAtMost(other, specs, textOf))
      }),
    )
  })

  it('can be saved as they are, under names that tell them apart', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), (specs) => {
        const all = proposedPolicies(specs, () => defaults)
        for (const { name, allow } of all) {
          expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
          expect(policySchema.safeParse({ allow }).success).toBe(true)
        }
        expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
      }),
    )
  })
})

/** The same as one of them, or less: a role and an identity that are allowed need not be used. */
function isAtMost(other: ConnectionSpec, specs: readonly ConnectionSpec[], textOf: (one: ConnectionSpec) => string): boolean {
  const usual = (one: ConnectionSpec): ConnectionSpec => ({ ...one, roles: one.auth === 'secret' ? [] : defaults })
  const less = (one: ConnectionSpec): readonly ConnectionSpec[] => [one, usual(one)].flatMap((each) => [each, { ...each, provided: false }])
  return specs.flatMap(less).some((one) => textOf(one) === textOf(other))
}
