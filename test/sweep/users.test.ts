// What an API server serves, and what it refuses to list: an object counts as free only where every kind that can use it was listed, or is proven absent.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import type { ClusterClient } from '../../src/kubernetes/client.ts'
import { ApiException } from '../../src/kubernetes/sdk.ts'
import { findUsers } from '../../src/kubernetes/users.ts'
import type { ObjectRef } from '../../src/model/leftover.ts'
import { loop } from '../../src/model/loop.ts'

const cluster = loop(
  'cluster',
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c',
)
const secret: ObjectRef = { kind: 'Secret', namespace: 'shop', name: 'sc-data-secret' }

/** Resources by group and version. */
type Api = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
const builtIn: Api = {
  apps: { v1: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  batch: { v1: ['jobs', 'cronjobs'] },
  'networking.k8s.io': { v1: ['ingresses'] },
}
const core = ['pods', 'replicationcontrollers', 'serviceaccounts', 'persistentvolumes']

/** `objects`: items by path. What is not served is answered as API servers do it, with a page. */
async function usersIn(api: Api, objects: Readonly<Record<string, readonly object[]>> = {}, refused: Readonly<Record<string, Error>> = {}) {
  const asked: string[] = []
  const ask: ClusterClient['ask'] = async (_method, path) => {
    asked.push(path)
    if (refused[path]) throw refused[path]
    const [, , group = '', version = '', ...rest] = path.startsWith('/api/') ? ['', '', '', ...path.split('/').slice(2)] : path.split('/')
    if (path === '/apis')
      return {
        groups: Object.entries(api).map(([name, versions]) => {
          const all = Object.keys(versions).map((one) => ({ groupVersion: `${name}/${one}`, version: one }))
          return { name, versions: all, preferredVersion: all[0] }
        }),
      }
    const resources = group === '' ? core : api[group]?.[version]
    if (rest.length === 0 && resources) return { resources: resources.map((name) => ({ name })) }
    if (!resources?.includes(rest.at(-1) ?? ''))
      throw new Failure({ class: 'transient', code: 'AnswerNotUnderstood', about: {}, status: 404 })
    return { items: [...(objects[path] ?? [])] }
  }
  const { of, missing } = await findUsers({ ask } as ClusterClient, cluster, [secret])
  return { users: of(secret), missing, asked }
}
const component = {
  metadata: { name: 'state', namespace: 'shop' },
  spec: { metadata: [{ secretKeyRef: { name: secret.name, key: 'k' } }] },
}

describe('users of a left over object', () => {
  it('are custom resources in the version that has them, preferred or not', async () => {
    const api = { ...builtIn, 'dapr.io': { v2alpha1: ['subscriptions'], v1alpha1: ['components'] } }
    const { users, missing } = await usersIn(api, { '/apis/dapr.io/v1alpha1/components': [component] })
    expect({ users, missing }).toEqual({ users: ['Component shop/state'], missing: [] })
  })

  it('are none of a kind that a group proves not to have', async () => {
    const { users, missing, asked } = await usersIn({ ...builtIn, 'keda.sh': { v1alpha1: ['scaledobjects'] } })
    expect({ users, missing }).toEqual({ users: [], missing: [] })
    expect(asked.filter((path) => path.includes('keda'))).toEqual(['/apis/keda.sh/v1alpha1'])
  })

  it('are not known where a built-in kind is not found at all', async () => {
    const { apps: _, ...without } = builtIn
    expect((await usersIn(without)).missing).toEqual(['deployments', 'statefulsets', 'daemonsets', 'replicasets'])
  })

  it('are found in an older version of a built-in kind', async () => {
    const api = { ...builtIn, batch: { v1: ['jobs'], v1beta1: ['cronjobs'] } }
    const spec = { jobTemplate: { spec: { template: { spec: { containers: [{ envFrom: [{ secretRef: { name: secret.name } }] }] } } } } }
    const nightly = { metadata: { name: 'nightly', namespace: 'shop' }, spec }
    const { users, missing } = await usersIn(api, { '/apis/batch/v1beta1/namespaces/shop/cronjobs': [nightly] })
    expect({ users, missing }).toEqual({ users: ['CronJob shop/nightly'], missing: [] })
  })

  it('are looked for in all namespaces where a reference can lead out of its own', async () => {
    const annotations = { 'nginx.ingress.kubernetes.io/auth-secret': `shop/${secret.name}` }
    const front = { metadata: { name: 'front', namespace: 'web', annotations } }
    const { users } = await usersIn(builtIn, { '/apis/networking.k8s.io/v1/ingresses': [front] })
    expect(users).toEqual(['Ingress web/front'])
  })

  it.each([
    ['a gateway on the way', new Failure({ class: 'transient', code: 'AnswerNotUnderstood', about: {}, status: 404 })],
    ['a refusal', new ApiException(403, 'forbidden', '{}', {})],
  ])('are not known where what a group has is not told: %s', async (_, refusal) => {
    const api = { ...builtIn, 'dapr.io': { v1alpha1: ['components'] } }
    expect((await usersIn(api, {}, { '/apis/dapr.io/v1alpha1': refusal })).missing).toEqual(['components'])
    expect((await usersIn(api, {}, { '/apis': refusal })).missing).toContain('components')
  })
})
