// What the transports `direct` and `run-command` do, as tests that run against the simulated API server (direct.test.ts, kubectl.test.ts) and a real one
// (test/real).
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import type { ClusterClient } from '../../src/kubernetes/client.ts'
import { keyOf, loop } from '../../src/model/loop.ts'
import type { ObservedState } from '../../src/model/managed-object.ts'
import { secret } from '../../src/model/secret.ts'
import type { KubernetesObject, ManagedKubernetesObject, Transport } from '../../src/ports/kubernetes.ts'
import type { Body, Target } from '../local/cloud/kubernetes/target.ts'

export const cluster = loop(
  'cluster',
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c1',
)
const member = keyOf('some connection')
export const installation = `i-${randomBytes(3).toString('hex')}`

export type Reached = Target & {
  /** The adapter's client, signed in as the administrator or as the restricted user `app`. */
  client(as: 'admin' | 'app'): ClusterClient
}

/** `transportOf`: the transport for a client, where it is not `direct`. */
export function transportBehaviours(reached: () => Target, transportOf: (as: 'admin' | 'app', of: string) => Transport): void {
  const namespace = `a-${randomBytes(4).toString('hex')}`
  const path = (name: string, kind = 'secrets') => `/api/v1/namespaces/${namespace}/${kind}/${name}`
  const transport = (as: 'admin' | 'app' = 'admin', of = installation): Transport => transportOf(as, of)

  const managedOf = (
    name: string,
    kind: ManagedKubernetesObject['kind'] = 'Secret',
    more: Partial<ManagedKubernetesObject> = {},
  ): ManagedKubernetesObject => ({
    kind,
    id: `${cluster.key}/${namespace}/${kind}/${name}`,
    summary: `${kind} ${name}`,
    of: member,
    cluster,
    clusterUid: 'u',
    namespace,
    name,
    owner: 'owner-key',
    ...more,
  })
  const secretOf = (name: string, data: Record<string, string>, more: Partial<KubernetesObject> = {}): KubernetesObject => ({
    kind: 'Secret',
    namespace,
    name,
    data: secret(data),
    ...more,
  })
  const observe = async (content: KubernetesObject, of = transport()): Promise<ObservedState> => {
    const object = managedOf(content.name, content.kind)
    const [observed] = await of.observe([object], new Map([[object.id, content]]))
    if (!observed) throw new Error('It did not answer for the thing')
    return observed
  }
  const write = async (content: KubernetesObject, observed?: ObservedState, of = transport()) =>
    of.apply(managedOf(content.name, content.kind), content, observed ?? (await observe(content, of)))
  const data = async (name: string): Promise<Record<string, string>> => {
    const found = (await reached().ask('GET', path(name))).body.data ?? {}
    return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]))
  }
  const edit = (name: string, body: object, kind = 'secrets'): Promise<{ readonly body: Body }> =>
    reached().ask('PATCH', `${path(name, kind)}?fieldManager=kubectl-edit`, { body, type: 'application/merge-patch+json' })
  const failureOf = async (promise: Promise<unknown>): Promise<Failure['fields']> => {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof Failure)) throw new Error(`Expected a Failure, got ${error}`)
    return error.fields
  }

  beforeAll(async () => {
    await reached().ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } })
  })

  describe('observe and apply', () => {
    it('makes a Secret with the owner mark, and then sees nothing to do', async () => {
      const content = secretOf('s1', { AZURE_X: 'a value', B: 'ü' }, { annotations: { 'service-connector/connection': 'c' } })
      expect(await observe(content)).toEqual({ id: managedOf('s1').id, state: 'absent' })
      expect(await write(content)).toEqual({ done: true })
      expect(await data('s1')).toEqual({ AZURE_X: 'a value', B: 'ü' })
      const { metadata, type } = (await reached().ask('GET', path('s1'))).body
      expect(type).toBe('Opaque')
      expect(metadata.labels).toEqual({
        'app.kubernetes.io/managed-by': 'aks-service-connector',
        'service-connector/installation': installation,
        'service-connector/owner': 'owner-key',
      })
      expect(metadata.annotations).toMatchObject({ 'service-connector/connection': 'c', 'reloader.stakater.com/match': 'true' })
      expect(metadata.managedFields.map((row: Body) => `${row.manager} ${row.operation}`)).toEqual(['aks-service-connector Apply'])
      const observed = await observe(content)
      expect(observed).toMatchObject({ state: 'same', mark: 'ours', version: `${metadata.uid}/${metadata.resourceVersion}` })
      await write(content, observed)
      expect((await reached().ask('GET', path('s1'))).body.metadata.resourceVersion).toBe(metadata.resourceVersion)
    })

    it('drops a key that is not wanted any more, though it stands in the Secret as it should', async () => {
      await write(secretOf('s2', { A: '1', B: '2' }))
      const observed = await observe(secretOf('s2', { A: '1' }))
      expect(observed).toMatchObject({
        state: 'different',
        mark: 'ours',
        difference: 'annotations service-connector/data-hash; keys no longer desired B',
      })
      await write(secretOf('s2', { A: '1' }), observed)
      expect(await data('s2')).toEqual({ A: '1' })
    })

    it("repairs what a person changed, and keeps the person's own key", async () => {
      const content = secretOf('s3', { A: 'a secret value' })
      await write(content)
      await edit('s3', { data: { A: 'aGFuZA==', C: 'aHVtYW4=' } })
      const observed = await observe(content)
      expect(observed).toMatchObject({ state: 'different', mark: 'ours', difference: 'keys A' })
      expect(await write(content, observed)).toEqual({ done: true })
      expect(await data('s3')).toEqual({ A: 'a secret value', C: 'human' })
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'ours' })
    })

    it('tells a foreign object from an owned one, and takes it only when its owner offers it', async () => {
      const content = secretOf('s4', { A: 'ours' })
      await reached().ask('POST', path('').slice(0, -1), {
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's4' }, data: { A: 'dGhlaXJz', T: 'VA==' } },
      })
      const foreign = await observe(content)
      expect(foreign).toMatchObject({ state: 'different', mark: 'foreign', difference: 'keys A' })
      expect(await failureOf(write(content, foreign))).toMatchObject({ class: 'manual', code: 'KubernetesConflict' })
      expect(await data('s4')).toEqual({ A: 'theirs', T: 'T' })
      await edit('s4', { metadata: { annotations: { 'service-connector/adopt': 'true' } } })
      const offered = await observe(content)
      expect(offered).toMatchObject({ state: 'different', mark: 'offered' })
      await write(content, offered)
      expect(await data('s4')).toEqual({ A: 'ours', T: 'T' })
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'ours' })
    })

    it('sees that an object of others has all that is desired, without the owner mark', async () => {
      const content: KubernetesObject = {
        kind: 'ServiceAccount',
        namespace,
        name: 'theirs',
        annotations: { 'azure.workload.identity/client-id': 'c', 'service-connector/connection': 'c' },
      }
      await reached().ask('POST', path('', 'serviceaccounts').slice(0, -1), {
        body: {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'theirs', annotations: { 'azure.workload.identity/client-id': 'c' } },
        },
      })
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'foreign' })
    })

    it('takes the objects of another installation, or of another loop, for foreign', async () => {
      const content = secretOf('s5', { A: '1' })
      await write(content)
      expect(await observe(content, transport('admin', 'another'))).toMatchObject({ mark: 'foreign' })
      const [other] = await transport().observe([managedOf('s5', 'Secret', { owner: 'other-loop' })], new Map())
      expect(other).toMatchObject({ state: 'same', mark: 'foreign' })
    })

    it('leaves it to the ledger where the labels of the app were removed', async () => {
      const content = secretOf('s6', { A: '1' })
      await write(content)
      const none = { 'service-connector/installation': null, 'service-connector/owner': null }
      await edit('s6', { metadata: { labels: none } })
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'none' })
    })

    it('makes and repairs a ServiceAccount', async () => {
      const content: KubernetesObject = {
        kind: 'ServiceAccount',
        namespace,
        name: 'sa',
        annotations: { 'azure.workload.identity/client-id': 'c' },
      }
      await write(content)
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'ours' })
      await edit('sa', { metadata: { annotations: { 'azure.workload.identity/client-id': 'x' } } }, 'serviceaccounts')
      const observed = await observe(content)
      expect(observed).toMatchObject({ state: 'different', difference: 'annotations azure.workload.identity/client-id' })
      await write(content, observed)
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'ours' })
    })

    it('writes nothing over what changed after the read', async () => {
      const content = secretOf('s7', { A: '1' })
      await write(content)
      const observed = await observe(secretOf('s7', { A: '2' }))
      await edit('s7', { data: { X: 'WA==' } })
      expect(await failureOf(write(secretOf('s7', { A: '2' }), observed))).toMatchObject({ class: 'stale', code: 'Stale' })
      expect(await data('s7')).toEqual({ A: '1', X: 'X' })
    })

    it('does not revive what was deleted after the read', async () => {
      const content = secretOf('s8', { A: '1' })
      await write(content)
      const observed = await observe(content)
      await reached().ask('DELETE', path('s8'))
      expect(await failureOf(write(content, observed))).toMatchObject({ class: 'stale' })
      expect((await reached().ask('GET', path('s8'))).status).toBe(404)
    })

    it('removes what it wrote into an object that another writer made meanwhile', async () => {
      const content = secretOf('s9', { A: '1' })
      const absent = await observe(content)
      const theirs = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's9' }, data: { T: 'VA==' } }
      await reached().ask('POST', path('').slice(0, -1), { body: theirs })
      expect(await failureOf(write(content, absent))).toMatchObject({ class: 'stale', code: 'Stale' })
      expect(await data('s9')).toEqual({ T: 'T' })
      expect(await observe(content)).toMatchObject({ mark: 'foreign' })
    })

    it('may be carried out twice at once', async () => {
      const content = secretOf('twice', { A: '1' })
      const absent = await observe(content)
      expect(await Promise.all([write(content, absent), write(content, absent)])).toEqual([{ done: true }, { done: true }])
      expect(await observe(content)).toMatchObject({ state: 'same', mark: 'ours' })
    })

    it('waits for a person where the namespace is missing', async () => {
      const content: KubernetesObject = { ...secretOf('x', { A: '1' }), namespace: 'missing' }
      const object = managedOf('x', 'Secret', { namespace: 'missing' })
      const [observed] = await transport().observe([object], new Map([[object.id, content]]))
      expect(observed).toEqual({ id: object.id, state: 'absent' })
      expect(await transport().apply(object, content, observed as ObservedState)).toEqual({
        waiting: { text: 'The namespace missing does not exist in c1.', manual: true, member },
      })
    })

    it('says what the server does not accept, without any value', async () => {
      const refused = await failureOf(write(secretOf('s10', { 'A B': 'a secret value' })))
      expect(refused).toMatchObject({ class: 'manual', code: 'KubernetesRefused', status: 422 })
      expect(JSON.stringify(refused)).toContain('a valid config key must consist of')
      expect(JSON.stringify(refused)).not.toContain('a secret value')
    })
  })

  describe('rights', () => {
    it('cannot see without them, and says which are missing', async () => {
      const observed = await observe(secretOf('s1', {}), transport('app'))
      expect(observed).toMatchObject({
        state: 'unknown',
        problem: { code: 'KubernetesRightMissing', of: member, text: `The app may not get secrets in namespace ${namespace} of c1.` },
      })
    })

    it('names the right to create, which an apply needs too', async () => {
      await reached().grant(namespace, { resources: ['secrets'], verbs: ['get', 'patch'] })
      await expect.poll(async () => (await observe(secretOf('s11', {}), transport('app'))).state).toBe('absent')
      const refused = await failureOf(write(secretOf('s11', { A: '1' }), undefined, transport('app')))
      expect(refused).toMatchObject({
        class: 'permission',
        code: 'KubernetesRightMissing',
        about: { verb: 'create', resource: 'secrets', namespace },
      })
    })
  })

  describe('roles of the cluster', () => {
    const name = `${namespace}-role`
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    const rules = [{ apiGroups: ['cid.wi.aks.azure.com'], resources: ['some-client'], verbs: ['use-managed-identity'] }]
    const role: KubernetesObject = { kind: 'ClusterRole', namespace: '', name, fields: { rules } }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    const subjects = [{ kind: 'ServiceAccount', name: 'sa', namespace }]
    const binding: KubernetesObject = { kind: 'ClusterRoleBinding', namespace: '', name, fields: { roleRef, subjects } }

    it('are written, repaired and removed', async () => {
      for (const content of [role, binding]) {
        expect((await observe(content)).state).toBe('absent')
        await write(content)
        expect(await observe(content)).toMatchObject({ state: 'same', mark: 'ours' })
      }
      const body = { rules: [{ ...rules[0], verbs: ['*'] }] }
      await reached().ask('PATCH', `${rbac}/clusterroles/${name}?fieldManager=kubectl-edit`, { body, type: 'application/merge-patch+json' })
      expect(await observe(role)).toMatchObject({ state: 'different', difference: 'fields rules', writer: 'kubectl-edit' })
      await write(role)
      expect((await observe(role)).state).toBe('same')
      for (const content of [binding, role]) await transport().remove(managedOf(name, content.kind), await observe(content))
      expect((await reached().ask('GET', `${rbac}/clusterroles/${name}`)).status).toBe(404)
    })

    it('are refused to an app that does not have what they grant', async () => {
      const refused = await failureOf(write(role, { id: '', state: 'absent' }, transport('app')))
      expect(refused).toMatchObject({ class: 'permission', code: 'ClusterRightMissing' })
    })
  })

  it('tells that Dapr is missing where a component of it is asked for', async () => {
    const content: KubernetesObject = {
      kind: 'Component',
      namespace,
      name: 'd1',
      fields: { spec: { type: 'state.redis', version: 'v1', metadata: [] } },
    }
    expect(await observe(content)).toMatchObject({ state: 'unknown', problem: { code: 'DaprMissing' } })
    // What is not asked for any more is not there.
    const [tracked] = await transport().observe([managedOf('d1', 'Component')], new Map())
    expect(tracked?.state).toBe('absent')
  })

  describe('remove', () => {
    it('deletes what was seen, and nothing that changed since', async () => {
      const content = secretOf('r1', { A: '1' })
      await write(content)
      const observed = await observe(content)
      await edit('r1', { data: { B: 'Qg==' } })
      expect(await failureOf(transport().remove(managedOf('r1'), observed))).toMatchObject({ class: 'stale', code: 'Stale' })
      const [tracked] = await transport().observe([managedOf('r1')], new Map())
      expect(tracked).toMatchObject({ state: 'same', mark: 'ours' })
      await transport().remove(managedOf('r1'), tracked as ObservedState)
      expect((await reached().ask('GET', path('r1'))).status).toBe(404)
      await transport().remove(managedOf('r1'), tracked as ObservedState)
    })

    it('leaves alone what was made again under the same name', async () => {
      const content: KubernetesObject = { kind: 'ServiceAccount', namespace, name: 'r2' }
      await write(content)
      const observed = await observe(content)
      await reached().ask('DELETE', path('r2', 'serviceaccounts'))
      await write(content)
      expect(await failureOf(transport().remove(managedOf('r2', 'ServiceAccount'), observed))).toMatchObject({ class: 'stale' })
      expect((await reached().ask('GET', path('r2', 'serviceaccounts'))).status).toBe(200)
    })

    it('deletes nothing that it has not seen', async () => {
      const absent: ObservedState = { id: managedOf('r3').id, state: 'absent' }
      expect(await failureOf(transport().remove(managedOf('r3'), absent))).toMatchObject({ class: 'stale' })
    })
  })
}
