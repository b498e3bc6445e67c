// What the status publisher does, as tests that run against the simulated API server (status-publisher.test.ts) and a real one (test/real).
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { statusPublisherOf } from '../../src/kubernetes/status-publisher.ts'
import { sweptCluster } from '../../src/kubernetes/swept-cluster.ts'
import { keyOf } from '../../src/model/loop.ts'
import type { StatusKey, StatusPublisher } from '../../src/ports/kubernetes.ts'
import { ownersOf, unproven } from '../../src/sweep/own-objects.ts'
import type { Body } from '../local/cloud/kubernetes/target.ts'
import { cluster, type Reached } from './behaviours.ts'

export function publisherBehaviours(reached: () => Reached): void {
  const namespace = `b-${randomBytes(4).toString('hex')}`
  const installation = `i-${randomBytes(3).toString('hex')}`
  const path = `/api/v1/namespaces/${namespace}/configmaps/sc-connections`
  const publisher = (of = installation): StatusPublisher => statusPublisherOf(reached().client('admin').core, cluster, of)
  const place = (connection: string): StatusKey => ({ namespace, connection, key: keyOf(connection) })
  const found = async (): Promise<Body> => (await reached().ask('GET', path)).body
  const events = async (): Promise<Body[]> => (await reached().ask('GET', `/api/v1/namespaces/${namespace}/events`)).body.items

  beforeAll(async () => {
    await reached().ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } })
  })

  describe('status publisher', () => {
    it('gives each connection a key of its own, and changes nothing when the same is said again', async () => {
      expect(await publisher().read(place('one'))).toBeUndefined()
      expect(await publisher().write(place('one'), 'state: Updating\n')).toBe(true)
      expect(await publisher().write(place('two'), 'state: Succeeded\n')).toBe(true)
      expect(await publisher().write(place('one'), 'state: Succeeded\n')).toBe(true)
      const before = await found()
      expect(before.data).toEqual({ one: 'state: Succeeded\n', two: 'state: Succeeded\n' })
      expect(await publisher().read(place('one'))).toEqual({ isOurs: true, text: 'state: Succeeded\n' })
      expect(await publisher().read(place('three'))).toEqual({ isOurs: true })
      await publisher().write(place('two'), 'state: Succeeded\n')
      expect((await found()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    })

    const swept = async () => (await sweptCluster(reached().client('admin'), cluster, installation).list('ConfigMap', 'own')) ?? []
    it("is found by the sweep, with each of its connections, and proven to be the app's alone", async () => {
      const found = await swept()
      expect(found.map((one) => unproven(one, cluster))).toEqual([undefined])
      expect(found.map((one) => [one.name, [...ownersOf(one)].sort()])).toEqual([['sc-connections', ['one', 'two'].map(keyOf).sort()]])
    })

    it('restores its text where another writer wrote over it', async () => {
      const body = { data: { one: 'all is well' } }
      await reached().ask('PATCH', `${path}?fieldManager=kubectl-edit`, { body, type: 'application/merge-patch+json' })
      expect((await swept()).map((one) => unproven(one, cluster))).toEqual([expect.stringContaining('did not write')])
      expect(await publisher().write(place('one'), 'state: Failed\n')).toBe(true)
      expect((await found()).data.one).toBe('state: Failed\n')
    })

    it('is nothing of another installation', async () => {
      expect(await publisher('i-other').read(place('one'))).toMatchObject({ isOurs: false })
      await expect(publisher('i-other').write(place('one'), 'x')).rejects.toThrow(Failure)
      await publisher('i-other').clear(place('one'))
      expect(Object.keys((await found()).data)).toEqual(['one', 'two'])
    })

    it('publishes transitions as Events, counts repetitions, and deletes them with the connection', async () => {
      const event = { type: 'Warning', reason: 'ConnectionFailed', message: 'Connection one: Failed.', at: 1_700_000_000_000 } as const
      await publisher().emit(place('one'), event)
      await publisher().emit(place('one'), event)
      expect((await events()).map(({ type, reason, count, involvedObject }) => [type, reason, count, involvedObject.name])).toEqual([
        ['Warning', 'ConnectionFailed', 2, 'sc-connections'],
      ])
      await publisher().clear(place('one'))
      expect(await events()).toEqual([])
      expect((await found()).data).toEqual({ two: 'state: Succeeded\n' })
      expect((await found()).metadata.labels).toMatchObject({ 'service-connector/installation': installation })
    })

    it('deletes no Event but its own, whatever labels others put on theirs', async () => {
      const marks = {
        'app.kubernetes.io/managed-by': 'aks-service-connector',
        'service-connector/installation': installation,
        'service-connector/owner': keyOf('one'),
      }
      const involvedObject = { apiVersion: 'v1', kind: 'ConfigMap', name: 'sc-connections', namespace }
      const told = { reason: 'ConnectionFailed', message: 'Connection one: Failed.', source: { component: 'aks-service-connector' } }
      const foreign = [
        { name: 'a.foreign', labels: { 'service-connector/owner': keyOf('one') }, involvedObject, ...told },
        { name: 'b.foreign', labels: marks, involvedObject, ...told },
        { name: 'sc-connections.aaaaaaaaaaaaaaaa', labels: marks, involvedObject, ...told },
      ]
      for (const { name, labels, ...event } of foreign)
        await reached().ask('POST', `/api/v1/namespaces/${namespace}/events`, {
          body: { apiVersion: 'v1', kind: 'Event', metadata: { name, namespace, labels }, type: 'Normal', ...event },
        })
      await publisher().emit(place('one'), { type: 'Warning', reason: told.reason, message: told.message, at: 1_700_000_000_000 })
      await publisher().clear(place('one'))
      expect((await events()).map(({ metadata }) => metadata.name).sort()).toEqual(foreign.map(({ name }) => name).sort())
      for (const { name } of foreign) await reached().ask('DELETE', `/api/v1/namespaces/${namespace}/events/${name}`)
    })

    it('reads so many Events and no more, however many others label as its own', async () => {
      const marks = { 'service-connector/installation': installation, 'service-connector/owner': keyOf('one') }
      for (let n = 0; n < 620; n++)
        await reached().ask('POST', `/api/v1/namespaces/${namespace}/events`, {
          body: {
            apiVersion: 'v1',
            kind: 'Event',
            metadata: { name: `flood.${n}`, namespace, labels: marks },
            involvedObject: { namespace },
            type: 'Normal',
          },
        })
      const { core } = reached().client('admin')
      let calls = 0
      const counting = new Proxy(core, {
        get: (of, name) => {
          const value: unknown = Reflect.get(of, name)
          if (typeof value !== 'function') return value
          calls++
          return value.bind(of)
        },
      })
      await statusPublisherOf(counting, cluster, installation).clear(place('one'))
      expect(calls).toBeLessThan(10)
      expect(await events()).toHaveLength(620)
      await reached().ask('DELETE', `/api/v1/namespaces/${namespace}/events`)
    })

    it.each([
      ['a label of theirs', { metadata: { labels: { team: 'a' } } }],
      ['binary data', { binaryData: { logo: 'AAAA' } }],
      ['a key', { data: { other: 'x' } }],
    ])('stays where others wrote %s into it, without what was of the app', async (_what, body) => {
      const shared = `${namespace}-${randomBytes(3).toString('hex')}`
      await reached().ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: shared } } })
      const at = `/api/v1/namespaces/${shared}/configmaps/sc-connections`
      await publisher().write({ ...place('one'), namespace: shared }, 'state: Succeeded\n')
      await reached().ask('PATCH', `${at}?fieldManager=kubectl-edit`, { body, type: 'application/merge-patch+json' })
      await publisher().clear({ ...place('one'), namespace: shared })
      const left = (await reached().ask('GET', at)).body
      expect(left).toMatchObject(body)
      expect(left.data?.one).toBeUndefined()
      expect(left.metadata.labels?.['service-connector/installation']).toBeUndefined()
    })

    it('of another owner is not deleted because of the app’s label and key on it', async () => {
      const shared = `${namespace}-${randomBytes(3).toString('hex')}`
      await reached().ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: shared } } })
      const metadata = { name: 'sc-connections', namespace: shared, labels: { 'service-connector/installation': installation } }
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { one: 'mine' } }
      await reached().ask('POST', `/api/v1/namespaces/${shared}/configmaps`, { body })
      await publisher().clear({ ...place('one'), namespace: shared })
      expect((await reached().ask('GET', `/api/v1/namespaces/${shared}/configmaps/sc-connections`)).body.data).toEqual({ one: 'mine' })
    })

    it('goes with the last connection, and clearing what is not there is no error', async () => {
      await publisher().clear(place('two'))
      expect((await reached().ask('GET', path)).status).toBe(404)
      await publisher().clear(place('two'))
    })

    it('says that the namespace is not there', async () => {
      expect(await publisher().write({ ...place('one'), namespace: `${namespace}-not` }, 'x')).toBe(false)
    })

    it('is no error to Events that may not be written', async () => {
      const app = statusPublisherOf(reached().client('app').core, cluster, installation)
      await app.emit(place('one'), { type: 'Normal', reason: 'ConnectionSucceeded', message: 'x', at: 0 })
      expect(await events()).toEqual([])
    })
  })
}
