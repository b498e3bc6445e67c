// What the sweep's view of a cluster does, as tests that run against the simulated API server (swept-cluster.test.ts) and a real one (test/real).
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import type { ListedObject, ObjectRef } from '../../src/model/leftover.ts'
import { keyOf } from '../../src/model/loop.ts'
import { fieldManager, kubernetesAnnotations, kubernetesMarks } from '../../src/model/names.ts'
import type { SweptCluster } from '../../src/ports/sweep.ts'
import { ownersOf } from '../../src/sweep/own-objects.ts'
import type { Target } from '../local/cloud/kubernetes/target.ts'

const installation = `i-${randomBytes(3).toString('hex')}`
const owner = keyOf('some connection')

type Opened = (as: 'admin' | 'app', installation: string) => Promise<SweptCluster>

/** `open`: looks at the cluster again each time. */
export function sweptBehaviours(reached: () => Target, open: Opened): void {
  const namespace = `s-${randomBytes(4).toString('hex')}`
  const base = `/api/v1/namespaces/${namespace}`
  const swept = (as: 'admin' | 'app' = 'admin', of = installation) => open(as, of)
  let once: Promise<SweptCluster> | undefined
  /** To mark and delete by: that needs no new look, which takes a real kubectl seconds. */
  const acting = () => (once ??= swept())
  const ask = (method: string, path: string, body?: object) => reached().ask(method, path, body === undefined ? {} : { body })
  const make = async (name: string) => {
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: kubernetesMarks(installation, owner) },
      data: { AZURE_KEY: Buffer.from('hunter2').toString('base64') },
    }
    const path = `${base}/secrets/${name}?fieldManager=${fieldManager}&force=true`
    await reached().ask('PATCH', path, { body, type: 'application/apply-patch+yaml' })
    return await find(name)
  }
  const find = async (name: string): Promise<ListedObject> => {
    const found = (await (await swept()).list('Secret', 'own'))?.find((one) => one.namespace === namespace && one.name === name)
    if (!found) throw new Error(`${name} is not listed`)
    return found
  }
  const refused = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    return error instanceof Failure ? error.fields.class : String(error)
  }

  beforeAll(async () => {
    await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  })

  describe('the sweep in a cluster', () => {
    it('lists what carries the labels of its installation, with its writer and the names of its keys, and no value', async () => {
      const found = await make('sc-one')
      expect(found).toMatchObject({ kind: 'Secret', namespace, name: 'sc-one', dataKeys: ['AZURE_KEY'], isOwned: false, isGoing: false })
      expect(ownersOf(found)).toEqual([owner])
      expect(found.writers).toContainEqual({ name: 'aks-service-connector', marks: true })
      expect(JSON.stringify(await (await swept()).list('Secret', 'all'))).not.toContain('hunter2')
      expect(await (await swept('admin', 'another')).list('Secret', 'own')).toEqual([])
    })

    it('keeps nothing of an annotation in which kubectl copied the values', async () => {
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter3' }
      await ask('POST', `${base}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sc-copied', annotations } })
      const all = (await (await swept()).list('Secret', 'all')) ?? []
      expect(all.some(({ name }) => name === 'sc-copied')).toBe(true)
      expect(JSON.stringify(all)).not.toContain('hunter3')
    })

    it('marks with an annotation that the app does not mistake for its own, and takes it back', async () => {
      const before = await make('sc-marked')
      await (await acting()).mark(before, 'It is left over.', Date.UTC(2026, 10, 27))
      const marked = await find('sc-marked')
      expect(marked.annotations[kubernetesAnnotations.leftOverSince]).toBe('2026-11-27T00:00:00.000Z')
      expect(marked.uid).toBe(before.uid)
      const events = (await ask('GET', `${base}/events`)).body.items as { reason: string; involvedObject: { uid: string } }[]
      expect(events.map(({ reason, involvedObject }) => [reason, involvedObject.uid])).toContainEqual(['LeftOver', before.uid])
      await (await acting()).unmark(marked)
      expect((await find('sc-marked')).annotations[kubernetesAnnotations.leftOverSince]).toBeUndefined()
    })

    it('neither marks nor deletes what changed since it was listed', async () => {
      const before = await make('sc-changed')
      await ask('PUT', `${base}/secrets/sc-changed`, {
        ...(await ask('GET', `${base}/secrets/sc-changed`)).body,
        data: { B: 'Qg==' },
      })
      expect(await refused((await acting()).mark(before, 'x', 0))).toBe('stale')
      expect(await refused((await acting()).remove(before))).toBe('stale')
      await (await acting()).remove(await find('sc-changed'))
      expect((await ask('GET', `${base}/secrets/sc-changed`)).status).toBe(404)
    })

    it('leaves alone what was made again under the same name, and does not mind what is gone', async () => {
      const before = await make('sc-again')
      await ask('DELETE', `${base}/secrets/sc-again`)
      await (await acting()).remove(before)
      await make('sc-again')
      expect(await refused((await acting()).remove(before))).toBe('stale')
      expect((await ask('GET', `${base}/secrets/sc-again`)).status).toBe(200)
    })

    it('finds users in Pods, templates, ServiceAccounts and Ingresses, and none in what is over', async () => {
      const refs: ObjectRef[] = ['sc-a', 'sc-b', 'sc-c', 'sc-d', 'sc-e', 'sc-f'].map((name) => ({ kind: 'Secret', namespace, name }))
      const account: ObjectRef = { kind: 'ServiceAccount', namespace, name: 'sc-account' }
      const container = { name: 'c', image: 'i' }
      const template = (spec: object) => ({ metadata: { labels: { app: 'x' } }, spec: { containers: [container], ...spec } })
      const put = async (path: string, body: object) => {
        const answer = await ask('POST', path, body)
        expect([path, answer.status]).toEqual([path, 201])
      }
      await put(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'x' } },
          template: template({
            containers: [{ ...container, envFrom: [{ secretRef: { name: 'sc-a' } }] }],
            imagePullSecrets: [{ name: 'sc-b' }],
            serviceAccountName: 'sc-account',
          }),
        },
      })
      await put(`/apis/batch/v1/namespaces/${namespace}/jobs`, {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'once' },
        spec: {
          template: template({ restartPolicy: 'Never', volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'sc-c' } }] } }] }),
        },
      })
      await put(`${base}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'puller' },
        imagePullSecrets: [{ name: 'sc-d' }],
      })
      await put(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'front', annotations: { 'nginx.ingress.kubernetes.io/auth-secret': 'sc-f' } },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, tls: [{ hosts: ['h'], secretName: 'sc-e' }] },
      })
      const users = await (await swept()).usersOf([...refs, account])
      expect(users.missing).toEqual([])
      expect(refs.map((ref) => users.of(ref))).toEqual([
        [`Deployment ${namespace}/web`],
        [`Deployment ${namespace}/web`],
        [`Job ${namespace}/once`],
        [`ServiceAccount ${namespace}/puller`],
        [`Ingress ${namespace}/front`],
        [`Ingress ${namespace}/front`],
      ])
      expect(users.of(account)).toEqual([`Deployment ${namespace}/web`])
      expect(users.of({ kind: 'Secret', namespace: 'elsewhere', name: 'sc-a' })).toEqual([])
      const job = (await ask('GET', `/apis/batch/v1/namespaces/${namespace}/jobs/once`)).body
      const over = { conditions: [{ type: 'Complete', status: 'True' }] }
      const path = `/apis/batch/v1/namespaces/${namespace}/jobs/once`
      await reached().ask('PATCH', `${path}/status`, { body: { status: over }, type: 'application/merge-patch+json' })
      const done = (await ask('GET', path)).body
      if (done.status?.conditions?.length !== job.status?.conditions?.length)
        expect((await (await swept()).usersOf(refs)).of({ kind: 'Secret', namespace, name: 'sc-c' })).toEqual([])
    })

    it('says which lists were refused', async () => {
      const users = await (await swept('app')).usersOf([{ kind: 'Secret', namespace, name: 'sc-a' }])
      expect(users.missing).toContain('pods')
      expect(users.missing).toContain('cronjobs')
    })
  })
}
