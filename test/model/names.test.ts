import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, loop } from '../../src/model/loop.ts'
import {
  credentialName,
  identityId,
  identityName,
  isAssignmentOf,
  isRoleAssignmentMark,
  kubernetesMarks,
  roleAssignmentMark,
  roleAssignmentName,
  secretName,
  serviceAccountName,
} from '../../src/model/names.ts'

const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop'
const cluster = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/aks-shop`)

describe('names', () => {
  it.each([
    ['storageblob89b9a', 'sc-storageblob89b9a-secret'],
    ['Orders.Data_1', 'sc-ordersdata1-secret'],
    ['orders-data', 'sc-orders-data-secret'],
  ])('calls the Secret of %s %s, as Azure Service Connector does', (name, expected) => {
    expect(secretName(name)).toBe(expected)
  })

  it('gives every connection a Secret name that Kubernetes accepts', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,60}$/), (name) => {
        expect(secretName(name)).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
        expect(secretName(name).length).toBeLessThanOrEqual(253)
      }),
    )
  })

  it('calls the ServiceAccount after the client id in lower case', () => {
    expect(serviceAccountName('ABCDEF00-0000-0000-0000-000000000001')).toBe('sc-account-abcdef00-0000-0000-0000-000000000001')
  })

  it('never cuts the key off an identity name, however long the rest is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 90 }), fc.string({ minLength: 1, maxLength: 90 }), (namespace, workload) => {
        const key = keyOf(namespace + workload)
        const name = identityName({ cluster: 'c'.repeat(63), namespace, workload, key })
        expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$/)
        expect(name.endsWith(`-${key}`)).toBe(true)
      }),
    )
  })

  it('puts identities into the configured group, else into the group of the cluster', () => {
    const of = { cluster, namespace: 'orders', workload: 'default' }
    const own = identityId(of, { name: 'one' })
    expect(own.startsWith(`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sc-aks-shop-orders-default-`)).toBe(true)
    const elsewhere = identityId(of, { name: 'one', identityGroup: '/subscriptions/s/resourceGroups/identities' })
    expect(elsewhere.startsWith('/subscriptions/s/resourceGroups/identities/providers/Microsoft.ManagedIdentity/')).toBe(true)
  })

  it('gives two installations, namespaces or workloads different identities', () => {
    const of = { cluster, namespace: 'orders', workload: 'default' }
    const ids = [
      identityId(of, { name: 'one' }),
      identityId(of, { name: 'two' }),
      identityId({ ...of, namespace: 'mail' }, { name: 'one' }),
      identityId({ ...of, workload: 'web' }, { name: 'one' }),
    ]
    expect(new Set(ids).size).toBe(4)
  })

  it('names a role assignment by scope, principal and role, whatever their case', () => {
    const identity = keyOf('/identities/one')
    const name = roleAssignmentName('/Subscriptions/S/x', 'ABC', 'DEF', identity)
    expect(name).toBe(roleAssignmentName('/subscriptions/s/X', 'abc', 'def', identity))
    expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(name).not.toBe(roleAssignmentName('/subscriptions/s/X', 'other', 'def', identity))
  })

  it('tells by the name of a role assignment which identity made it', () => {
    const [one, other] = [keyOf('/identities/one'), keyOf('/identities/other')]
    const name = roleAssignmentName('/subscriptions/s/x', 'abc', 'def', one)
    expect([isAssignmentOf(name, one), isAssignmentOf(name.toUpperCase(), one), isAssignmentOf(name, other)]).toEqual([true, true, false])
  })

  it('gives credentials names that Azure accepts, different for each issuer, subject and installation', () => {
    const name = credentialName('one', 'https://issuer/', 'system:serviceaccount:orders:sc-account-1')
    expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}$/)
    expect(name).toBe(credentialName('one', 'https://issuer/', 'system:serviceaccount:orders:sc-account-1'))
    expect(name).not.toBe(credentialName('two', 'https://issuer/', 'system:serviceaccount:orders:sc-account-1'))
    expect(name).not.toBe(credentialName('one', 'https://issuer', 'system:serviceaccount:orders:sc-account-1'))
    expect(credentialName('x'.repeat(200), 'i', 's').length).toBeLessThanOrEqual(120)
  })

  it('marks what is owned with installation and loop', () => {
    const mark = roleAssignmentMark('one', cluster.key)
    expect(isRoleAssignmentMark(mark)).toBe(true)
    expect(isRoleAssignmentMark('made by hand')).toBe(false)
    expect(mark).not.toBe(roleAssignmentMark('two', cluster.key))
    for (const value of Object.values(kubernetesMarks('one', cluster.key)))
      expect(value).toMatch(/^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/)
  })
})
