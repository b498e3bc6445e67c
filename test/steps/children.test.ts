// Two connections to two children of one resource: they share its loop, with network and keys, and what each is granted does not mix.
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/model/connection.ts'
import { loopsOf } from '../../src/model/connection.ts'
import type { View } from '../../src/model/view.ts'
import { readiness } from '../../src/steps/connection/readiness.ts'
import { assignRoles } from '../../src/steps/identity/assign-roles.ts'
import { openFirewall } from '../../src/steps/target/open-firewall.ts'
import {
  attempted,
  clusterFacts,
  connection,
  contributor,
  fakeArm,
  following,
  identityFacts,
  loopOf,
  portsOf,
  shop,
  stdata,
  subject,
  targetFacts,
  viewOf,
  worker,
} from './builders.ts'

const childOf = (name: string): string => `${stdata.id}/databases/${name}`
const onChild = (name: string): Connection => connection({ name, targetId: childOf(name), roles: [`${contributor}@child`] })
const [orders, people] = [onChild('orders'), onChild('people')]
const view = (...members: readonly Connection[]): View<'identity'> => viewOf(worker, { members, facts: identityFacts() })

/** ARM answers the scope of an assignment, which a PUT does not send. */
function fakeAuthorization() {
  const arm = fakeArm()
  const { put } = arm
  arm.put = (id, version, body) => {
    const { properties } = body as { properties: object }
    const [scope] = id.split('/providers/Microsoft.Authorization/')
    return put(id, version, { properties: { ...properties, scope } })
  }
  return arm
}

describe('two children of one resource', () => {
  it('share the loop of the resource', () => {
    expect(loopsOf(orders)[1]).toEqual(loopsOf(people)[1])
  })

  it('need one firewall rule', () => {
    const facts = { network: 'rules', location: 'northeurope' } as const
    const { objects } = openFirewall.desired(viewOf(stdata, { members: [orders, people], facts, others: [[shop, clusterFacts()]] }))
    expect(objects).toHaveLength(1)
  })

  it('are each granted the role on themselves, and lose it apart', async () => {
    const arm = fakeAuthorization()
    const run = await attempted(assignRoles, view(orders, people), portsOf({ arm }))
    expect(run.facts).toMatchObject({ roles: ['orders', 'people'].map((name) => `${contributor}@${childOf(name)}`.toLowerCase()) })
    await attempted(assignRoles, following(assignRoles, view(orders, people), run, { members: [people] }), portsOf({ arm }))
    expect([...arm.resources.keys()].map((id) => id.split('/providers/microsoft.authorization/')[0])).toEqual([
      childOf('people').toLowerCase(),
    ])
  })

  it('are ready apart: the role on one says nothing about the other', () => {
    const needs = (self: Connection) =>
      readiness(
        self,
        viewOf(loopOf(self), {
          self,
          others: [
            [shop, clusterFacts()],
            [stdata, targetFacts()],
            [
              worker,
              identityFacts({
                credentials: [`https://issuer/shop/|${subject()}`],
                serviceAccounts: [`${shop.key}/orders`],
                roles: [`${contributor}@${childOf('orders')}`.toLowerCase()],
              }),
            ],
          ],
        }),
      ).needs.map(({ text }) => text)
    expect(needs(orders)).toEqual([])
    expect(needs(people)).toEqual([expect.stringContaining('Storage Blob Data Contributor')])
  })
})
