import { describe, expect, it } from 'vitest'
import type { Fault } from '../../src/domain/problem.ts'
import { problemOf } from '../../src/errors/catalogue.ts'
import type { Board, Standing } from '../../src/steps/ports.ts'
import { publishStatus } from '../../src/steps/publish-status.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeCluster,
  first,
  following,
  held,
  loopOf,
  minutes,
  now,
  portsOf,
  refusal,
  rules,
  shop,
  viewOf,
} from './builders.ts'

const self = connection({ auth: 'secret' })
const mine = loopOf(self)
const view = (given: Partial<Parameters<typeof viewOf<'connection'>>[1]> = {}) =>
  viewOf(mine, { self, facts: { consent: 'granted', secretName: 'sc-data-secret' }, others: [[shop, clusterFacts()]], ...given })
const thing = first(publishStatus.wanted(view()).things)
const ledger = { 'publish-status': [held(thing)] }
const fault: Fault = { code: 'PublicAccessDisabled', about: { target: 'stdata' } }
const failed: Standing = { state: 'Failed', problem: problemOf(fault), waits: [] }

function fakeBoard(text?: string, isOurs = true) {
  const told: string[] = []
  const state = { text, isOurs }
  const board: Board = {
    read: async () => (state.text === undefined ? undefined : { isOurs: state.isOurs, text: state.text }),
    async write(_place, written) {
      state.text = written
      return true
    },
    async erase() {
      state.text = undefined
    },
    tell: async (_place, { type, reason }) => void told.push(`${type} ${reason}`),
  }
  const ports = (standing: Standing = { state: 'Succeeded', waits: [] }) =>
    portsOf({ kubernetes: async () => ({ ...fakeCluster(), board }), standing: async () => standing })
  return { state, told, board, ports }
}

describe('publish-status', () => {
  it('writes how the connection is, and tells it as an Event', async () => {
    const { state, told, ports } = fakeBoard()
    const run = await attempted(publishStatus, view(), ports())
    expect(state.text).toBe('state: Succeeded\ntarget: stdata (storage-blob)\nauth: secret\nsecret: sc-data-secret\n')
    expect(told).toEqual(['Normal ConnectionSucceeded'])
    expect(run.held.map((row) => row.hold)).toEqual(['ours'])
    expect(run.lookAt).toBeUndefined()
  })

  it('says what is wrong and how to mend it, and looks again', async () => {
    const { state, told, ports } = fakeBoard('state: Succeeded\n')
    const run = await attempted(publishStatus, view({ held: ledger }), ports(failed))
    expect(state.text).toMatch(/^state: Failed\n[\s\S]*problem: PublicAccessDisabled: .*\ncause: .*\ncure: .*\nlink: https/)
    expect(told).toEqual(['Warning ConnectionFailed'])
    expect(run.lookAt).toBe(now + 10 * minutes)
  })

  it('tells no Event where only a detail has changed', async () => {
    const { state, told, ports } = fakeBoard('state: Succeeded\nsecret: other\n')
    await attempted(publishStatus, view({ held: ledger }), ports())
    expect(state.text).toContain('sc-data-secret')
    expect(told).toEqual([])
  })

  it('does not say of a connection that it is being worked on, once it was said how it is', async () => {
    const { state, ports } = fakeBoard('state: Succeeded\n')
    const run = await attempted(publishStatus, view({ held: ledger }), ports({ state: 'Updating', waits: [] }))
    expect(state.text).toBe('state: Succeeded\n')
    expect(run.lookAt).toBe(now + 130_000)
  })

  it('does not look again at what it has told and still holds, but for once a day', async () => {
    const { state, ports } = fakeBoard()
    const run = await attempted(publishStatus, view(), ports())
    state.text = undefined
    const settled = following(publishStatus, view(), run)
    expect((await attempted(publishStatus, settled, ports())).changed).toEqual([])
    expect(state.text).toBeUndefined()
    const tomorrow = { ...settled, now: now + 24 * 60 * minutes }
    expect((await attempted(publishStatus, tomorrow, ports())).changed).toHaveLength(1)
    expect(state.text).toContain('state: Succeeded')
  })

  it('looks again where there is other news, and in a cluster that was made again', async () => {
    const { state, ports } = fakeBoard()
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
    const { things, waiting } = publishStatus.wanted(known)
    expect([things, waiting?.map(({ lookAt }) => lookAt)]).toEqual([[], [now + 130_000]])
    expect(publishStatus.wanted({ ...known, now: now + 130_000 }).things).toHaveLength(1)
  })

  it('writes nothing without consent, where it is turned off, and where nothing can be read back', () => {
    for (const consent of [undefined, 'refused'] as const)
      expect(publishStatus.wanted(view({ facts: consent ? { consent } : {} })).things).toEqual([])
    expect(publishStatus.wanted(view({ rules: { ...rules, publishStatus: false } })).things).toEqual([])
  })

  it('takes its key back with the connection, and holds nothing more', async () => {
    const { state, ports } = fakeBoard('state: Succeeded\n')
    const run = await attempted(publishStatus, view({ removing: true, held: ledger }), ports())
    expect(state.text).toBeUndefined()
    expect(run.held).toEqual([])
  })

  it('leaves a ConfigMap of somebody else alone, and says so', async () => {
    const { state, ports } = fakeBoard('mine', false)
    const run = await attempted(publishStatus, view(), ports())
    expect(run.failure?.fields.code).toBe('NotOurs')
    expect(state.text).toBe('mine')
    const going = await attempted(publishStatus, view({ removing: true, held: ledger }), ports())
    expect(going.held).toEqual([])
    expect(state.text).toBe('mine')
  })

  it('holds nothing of what it may not even look at', async () => {
    const { board } = fakeBoard()
    const blind: Board = { ...board, read: () => Promise.reject(refusal()) }
    const ports = portsOf({ kubernetes: async () => ({ ...fakeCluster(), board: blind }) })
    const run = await attempted(publishStatus, view(), ports)
    expect(run.unseen).toMatchObject([{ code: 'Forbidden' }])
    expect(run.held).toEqual([])
    const going = await attempted(publishStatus, view({ removing: true, held: ledger }), ports)
    expect(going.held.map((row) => row.hold)).toEqual(['left-behind'])
  })

  it('is owed where the cluster does not answer, and left behind after five minutes', async () => {
    const { board } = fakeBoard()
    const read = () => Promise.reject(refusal({ class: 'transient', code: 'KubernetesUnreachable' }))
    const ports = portsOf({ kubernetes: async () => ({ ...fakeCluster(), board: { ...board, read } }) })
    const going = view({ removing: true, held: ledger })
    const holds = async (failingFor: number) => {
      const outcome = { kind: 'failed', problems: [], waits: [], changed: [], owes: [] } as const
      const row = { step: publishStatus.name, etag: '', outcome, attempts: 3, since: now - failingFor, ranAt: now, look: 0, generation: 1 }
      const before = { ...row, inputs: '', facts: {}, wake: [] }
      return (await attempted(publishStatus, going, ports, { before })).held.map(({ hold }) => hold)
    }
    expect(await holds(5 * minutes - 1)).toEqual(['ours'])
    expect(await holds(5 * minutes)).toEqual(['left-behind'])
  })

  it('has nothing left in a cluster that is gone or was made again', async () => {
    const { ports } = fakeBoard('state: Succeeded\n')
    const gone = view({ removing: true, held: ledger, others: [[shop, clusterFacts({ uid: 'another' })]] })
    expect((await attempted(publishStatus, gone, ports())).held).toEqual([])
    const run = await attempted(publishStatus, view(), ports())
    expect(following(publishStatus, view(), run).held('publish-status')).toHaveLength(1)
  })
})
