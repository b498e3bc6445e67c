// What the transport `direct` does with a custom resource, as tests that run against the simulated API server and a real one. First the API server does
// not know the kind; then it does.
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { checksIn } from '../../src/kubernetes/diagnosis.ts'
import { directTransport } from '../../src/kubernetes/direct.ts'
import { sweptCluster } from '../../src/kubernetes/swept-cluster.ts'
import type { KubernetesSpec } from '../../src/model/kubernetes-kind.ts'
import type { ObservedState } from '../../src/model/managed-object.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../src/ports/kubernetes.ts'
import { cluster, installation, type Reached } from './behaviours.ts'

const kind = 'SecretProviderClass'
const byAddon: KubernetesSpec = {
  provider: 'azure',
  parameters: { keyvaultName: 'kv', useVMManagedIdentity: 'true', objects: 'array:\n  - |\n    objectName: "a"\n' },
}

/** `serve`: the API server gets to know the kind. */
export function customBehaviours(reached: () => Reached, serve: () => Promise<void>): void {
  const namespace = `c-${randomBytes(4).toString('hex')}`
  const path = (name: string): string => `/apis/secrets-store.csi.x-k8s.io/v1/namespaces/${namespace}/secretproviderclasses/${name}`
  const client = () => reached().client('admin')
  const transport = () => directTransport(client(), cluster, installation)
  const managed = (name: string): ManagedKubernetesObject => ({
    ...{ kind, id: `${cluster.key}/${namespace}/${kind}/${name}`, summary: `${kind} ${name}`, cluster, clusterUid: 'u', namespace, name },
    owner: 'owner-key',
  })
  const content = (name: string, spec: KubernetesSpec = byAddon): KubernetesObject => ({ kind, namespace, name, spec })
  const observe = async (object: KubernetesObject): Promise<ObservedState> => {
    const of = managed(object.name)
    const [observed] = await transport().observe([of], new Map([[of.id, object]]))
    if (!observed) throw new Error('It was not observed')
    return observed
  }
  const write = async (object: KubernetesObject) => transport().apply(managed(object.name), object, await observe(object))
  const stored = async (name: string) => (await reached().ask('GET', path(name))).body
  const edit = (name: string, body: object) =>
    reached().ask('PATCH', `${path(name)}?fieldManager=kubectl-edit`, { body, type: 'application/merge-patch+json' })
  const about = async (name: string) => {
    const objects = [{ kind, name, owner: cluster.key }] as const
    return (await checksIn(client(), { cluster, namespace, installation, extension: false, objects })).find(
      (check) => check.about === `${kind} ${name}`,
    )
  }

  beforeAll(async () => {
    await reached().ask('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } })
  })

  describe('a custom resource', () => {
    it('is absent, and waited for, where the API server does not know its kind', async () => {
      expect(await observe(content('a'))).toEqual({ id: managed('a').id, state: 'absent' })
      expect(await write(content('a'))).toEqual({
        waiting: { text: `waiting until the API server of cluster c1 knows ${kind}` },
      })
      const seen: ObservedState = { id: managed('a').id, state: 'same', mark: 'ours', version: '1/2' }
      expect(await transport().remove(managed('a'), seen)).toEqual({ done: true })
      expect(await sweptCluster(client(), cluster, installation).list(kind, 'own')).toBeUndefined()
      expect(await about('a')).toMatchObject({ state: 'absent', text: `The API server does not know ${kind}.` })
    })

    it('is written, seen as it is, listed and deleted once it does', async () => {
      await serve()
      expect(await write(content('a'))).toEqual({ done: true })
      const observed = await observe(content('a'))
      expect(observed).toMatchObject({ state: 'same', mark: 'ours' })
      expect((await stored('a')).spec).toEqual(byAddon)
      const listed = await sweptCluster(client(), cluster, installation).list(kind, 'own')
      expect(listed?.map(({ namespace: where, name, uid, resourceVersion }) => [where, name, `${uid}/${resourceVersion}`])).toEqual([
        [namespace, 'a', 'version' in observed ? observed.version : ''],
      ])
      expect(await about('a')).toMatchObject({ state: 'well', text: expect.stringMatching(/^It exists since 2\d{3}-/) })
      await transport().remove(managed('a'), observed)
      expect(await observe(content('a'))).toMatchObject({ state: 'absent' })
    })

    it('says what someone else changed, and is as before after the next write', async () => {
      await write(content('b'))
      await edit('b', { spec: { parameters: { keyvaultName: 'other' } } })
      expect(await observe(content('b'))).toMatchObject({
        state: 'different',
        mark: 'ours',
        difference: 'fields parameters.keyvaultName',
        writer: 'kubectl-edit',
      })
      await write(content('b'))
      expect((await stored('b')).spec).toEqual(byAddon)
    })

    it('keeps what others add, and drops what is desired no more', async () => {
      await write(content('c'))
      const secretObjects = [{ secretName: 's', type: 'Opaque', data: [{ objectName: 'a', key: 'A' }] }]
      await edit('c', { spec: { secretObjects } })
      expect(await observe(content('c'))).toMatchObject({ state: 'same' })
      const { useVMManagedIdentity: _, ...rest } = byAddon['parameters'] as Record<string, string>
      const fewer = content('c', { provider: 'azure', parameters: rest })
      expect(await observe(fewer)).toMatchObject({ state: 'different', difference: expect.stringContaining('useVMManagedIdentity') })
      await write(fewer)
      expect((await stored('c')).spec).toEqual({ provider: 'azure', parameters: rest, secretObjects })
    })

    it('is as the app wrote it when only the desired state changed', async () => {
      await write(content('d'))
      expect(await observe(content('d', { ...byAddon, provider: 'other' }))).toMatchObject({ state: 'different', asWritten: true })
    })

    it('of someone else is foreign', async () => {
      const theirs = { apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind, metadata: { name: 'e' }, spec: byAddon }
      await reached().ask('POST', path('').replace(/\/$/, ''), { body: theirs })
      expect(await observe(content('e'))).toMatchObject({ mark: 'foreign' })
    })
  })
}
