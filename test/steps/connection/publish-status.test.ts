import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../src/errors/catalogue.ts'
import type { Fault } from '../../../src/model/problem.ts'
import type { StatusPublisher } from '../../../src/ports/kubernetes.ts'
import type { ConnectionStatus } from '../../../src/ports/ports.ts'
import { publishStatus } from '../../../src/steps/connection/publish-status.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeCluster,
  first,
  following,
  installation,
  loopOf,
  minutes,
  now,
  portsOf,
  refusal,
  shop,
  tracked,
  viewOf,
} from '../builders.ts'

const self = connection({ auth: 'secret' })
const mine = loopOf(self)
const view = (given: Partial<Parameters<typeof viewOf<'connection'>>[1]> = {}) =>
  viewOf(mine, { self, facts: { consent: 'granted', secretName: 'sc-data-secret' }, others: [[shop, clusterFacts()]], ...given })
const object = first(publishStatus.desired(view()).objects)
const ledger = { 'publish-status': [tracked(object)] }
const fault: Fault = { code: 'PublicAccessDisabled', about: { target: 'stdata' } }
const failed: ConnectionStatus = { state: 'Failed', problem: problemOf(fault), waits: [] }

function fakePublisher(text?: string, isOurs = true) {
  const told: string[] = []
  const state = { text, isOurs }
  const publisher: StatusPublisher = {
    read: async () => (state.text === undefined ? undefined : { isOurs: state.isOurs, text: state.text }),
    async write(_place, written) {
      state.text = written
      return true
    },
    async clear() {
      state.text = undefined
    },
    emit: async (_place, { type, reason }) => void told.push(`${type} ${reason}`),
  }
  const ports = (status: ConnectionStatus = { state: 'Succeeded', waits: [] }) =>
    portsOf({ kubernetes: async () => ({ ...fakeCluster(), publisher }), status: async () => status })
  return { state, told, publisher, ports }
}

describe('publish-status', () => {
  it('writes how the connection is, and tells it as an Event', async () => {
    const { state, told, ports } = fakePublisher()
    const run = await attempted(publishStatus, view(), ports())
    const { cluster } = view().self ?? {}
    const manifest = `GET ${cluster?.id}/providers/Microsoft.ServiceLinker/linkers/data/manifest`
    expect(state.text).toBe(
      `state: Succeeded\ntarget: stdata (storage-blob)\nauth: secret\nsecret: sc-data-secret\nmanifest: ${manifest}\n`,
    )
    expect(told).toEqual(['Normal ConnectionSucceeded'])
    expect(run.tracked.map((row) => row.ownership)).toEqual(['ours'])
    expect(run.nextRunAt).toBeUndefined()
  })

  it('says what is wrong and how to repair it, and reads again', async () => {
    const { state, told, ports } = fakePublisher('state: Succeeded\n')
    const run = await attempted(publishStatus, view({ tracked: ledger }), ports(failed))
    expect(state.text).toMatch(/^state: Failed\n[\s\S]*problem: PublicAccessDisabled: .*\ncause: .*\nremediation: .*\nlink: https/)
    expect(told).toEqual(['Warning ConnectionFailed'])
    expect(run.nextRunAt).toBe(now + 10 * minutes)
  })

  it('tells no Event where only a detail has changed', async () => {
    const { state, told, ports } = fakePublisher('state: Succeeded\nsecret: other\n')
    await attempted(publishStatus, view({ tracked: ledger }), ports())
    expect(state.text).toContain('sc-data-secret')
    expect(told).toEqual([])
  })

  it('does not say of a connection that it is being worked on, once it was said how it is', async () => {
    const { state, ports } = fakePublisher('state: Succeeded\n')
    const run = await attempted(publishStatus, view({ tracked: ledger }), ports({ state: 'Updating', waits: [] }))
    expect(state.text).toBe('state: Succeeded\n')
    expect(run.nextRunAt).toBe(now + 130_000)
  })

  it('does not read again what it has published and still tracks, except once a day', async () => {
    const { state, ports } = fakePublisher()
    const run = await attempted(publishStatus, view(), ports())
    state.text = undefined
    const settled = following(publishStatus, view(), run)
    expect((await attempted(publishStatus, settled, ports())).changed).toEqual([])
    expect(state.text).toBeUndefined()
    const tomorrow = { ...settled, now: now + 24 * 60 * minutes }
    expect((await attempted(publishStatus, tomorrow, ports())).changed).toHaveLength(1)
    expect(state.text).toContain('state: Succeeded')
  })

  it('reads again where the status differs, and in a recreated cluster', async () => {
    const { state, ports } = fakePublisher()
    const settled = following(publishStatus, view(), await attempted(publishStatus, view(), ports()))
    await attempted(publishStatus, settled, ports(failed))
    expect(state.text).toContain('state: Failed')
    state.text = undefined
    const another = { ...settled, of: view({ others: [[shop, clusterFacts({ uid: 'another' })]] }).of }
    await attempted(publishStatus, another, ports())
    expect(state.text).toContain('state: Succeeded')
  })

  it('waits before it tells that a new connection is being worked on', () => {
    const fresh = view({ desiredAt: now, others: [], facts: { consent: 'granted' } })
    const known = { ...fresh, of: view({ others: [[shop, clusterFacts()]] }).of }
    const { objects, waiting } = publishStatus.desired(known)
    expect([objects, waiting?.map(({ nextRunAt }) => nextRunAt)]).toEqual([[], [now + 130_000]])
    expect(publishStatus.desired({ ...known, now: now + 130_000 }).objects).toHaveLength(1)
  })

  it('writes nothing without consent, where it is turned off, and where nothing can be read back', () => {
    for (const consent of [undefined, 'refused'] as const)
      expect(publishStatus.desired(view({ facts: consent ? { consent } : {} })).objects).toEqual([])
    expect(publishStatus.desired(view({ installation: { ...installation, publishStatus: false } })).objects).toEqual([])
  })

  it('takes its key back with the connection, and holds nothing more', async () => {
    const { state, ports } = fakePublisher('state: Succeeded\n')
    const run = await attempted(publishStatus, view({ removing: true, tracked: ledger }), ports())
    expect(state.text).toBeUndefined()
    expect(run.tracked).toEqual([])
  })

  it('leaves a ConfigMap of another owner alone, and says so', async () => {
    const { state, ports } = fakePublisher('mine', false)
    const run = await attempted(publishStatus, view(), ports())
    expect(run.failure?.fields.code).toBe('NotOurs')
    expect(state.text).toBe('mine')
    const going = await attempted(publishStatus, view({ removing: true, tracked: ledger }), ports())
    expect(going.tracked).toEqual([])
    expect(state.text).toBe('mine')
  })

  it('tracks nothing of what it may not even read', async () => {
    const { publisher } = fakePublisher()
    const blind: StatusPublisher = { ...publisher, read: () => Promise.reject(refusal()) }
    const ports = portsOf({ kubernetes: async () => ({ ...fakeCluster(), publisher: blind }) })
    const run = await attempted(publishStatus, view(), ports)
    expect(run.unknown).toMatchObject([{ code: 'Forbidden' }])
    expect(run.tracked).toEqual([])
    const going = await attempted(publishStatus, view({ removing: true, tracked: ledger }), ports)
    expect(going.tracked.map((row) => row.ownership)).toEqual(['orphaned'])
  })

  it('is a pending delete where the cluster does not answer, and orphaned after five minutes', async () => {
    const { publisher } = fakePublisher()
    const read = () => Promise.reject(refusal({ class: 'transient', code: 'KubernetesUnreachable' }))
    const ports = portsOf({ kubernetes: async () => ({ ...fakeCluster(), publisher: { ...publisher, read } }) })
    const going = view({ removing: true, tracked: ledger })
    const holds = async (failingFor: number) => {
      const outcome = { kind: 'failed', problems: [], waits: [], changed: [], pendingDeletes: [] } as const
      const row = {
        step: publishStatus.name,
        etag: '',
        outcome,
        attempts: 3,
        since: now - failingFor,
        ranAt: now,
        resync: 0,
        generation: 1,
      }
      const before = { ...row, inputs: '', facts: {}, wake: [] }
      return (await attempted(publishStatus, going, ports, { before })).tracked.map(({ ownership }) => ownership)
    }
    expect(await holds(5 * minutes - 1)).toEqual(['ours'])
    expect(await holds(5 * minutes)).toEqual(['orphaned'])
  })

  it('has nothing left in a cluster that is gone or was made again', async () => {
    const { ports } = fakePublisher('state: Succeeded\n')
    const gone = view({ removing: true, tracked: ledger, others: [[shop, clusterFacts({ uid: 'another' })]] })
    expect((await attempted(publishStatus, gone, ports())).tracked).toEqual([])
    const run = await attempted(publishStatus, view(), ports())
    expect(following(publishStatus, view(), run).tracked('publish-status')).toHaveLength(1)
  })
})
