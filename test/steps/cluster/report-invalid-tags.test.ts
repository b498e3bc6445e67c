import { describe, expect, it } from 'vitest'
import { declarationsOf } from '../../../src/declare/tags.ts'
import type { StatusPublisher } from '../../../src/ports/kubernetes.ts'
import { reportInvalidTags } from '../../../src/steps/cluster/report-invalid-tags.ts'
import { allowAll } from '../../model/allow-all.ts'
import { attempted, clusterFacts, connection, fakeCluster, following, installation, portsOf, refusal, shop, viewOf } from '../builders.ts'

const { bad } = declarationsOf({ 'connect-data': 'blub:x?namespace=orders' }, shop, installation, [])
const facts = clusterFacts({ invalidTags: bad })
const view = (given: Partial<Parameters<typeof viewOf<'cluster'>>[1]> = {}) => viewOf(shop, { facts, ...given })

function fakePublisher() {
  const state: { text?: string | undefined; readonly calls: string[] } = { calls: [] }
  const publisher: StatusPublisher = {
    async read() {
      return state.text === undefined ? undefined : { isOurs: true, text: state.text }
    },
    async write({ namespace, connection: name }, text) {
      state.calls.push(`write ${namespace}/${name}`)
      state.text = text
      return true
    },
    async clear({ namespace, connection: name }) {
      state.calls.push(`clear ${namespace}/${name}`)
      state.text = undefined
    },
    emit: async () => {},
  }
  return { state, ports: portsOf({ kubernetes: async () => ({ ...fakeCluster(), publisher }) }) }
}

describe('report-invalid-tags', () => {
  it('tells the namespace that the tag names, once, and takes it back when the tag is gone', async () => {
    const { state, ports } = fakePublisher()
    const run = await attempted(reportInvalidTags, view(), ports)
    expect(state.text).toMatch(/^state: Failed\nproblem: InvalidTag: .*blub/)
    const later = following(reportInvalidTags, view(), run)
    await attempted(reportInvalidTags, later, ports)
    await attempted(reportInvalidTags, { ...later, facts: clusterFacts() }, ports)
    expect(state.calls).toEqual(['write orders/data', 'clear orders/data'])
  })

  it.each([
    ['no policy allows the namespace', { policies: [{ name: 'other', allow: { ...allowAll, namespaces: ['mail'] } }] }],
    ['no policy allows the cluster', { policies: [{ name: 'other', allow: { ...allowAll, clusters: ['a/b/c'] } }] }],
    ['there is a connection of that name, which tells of itself', { members: [connection({ name: 'data' })] }],
    ['it is turned off', { installation: { ...installation, publishStatus: false as const } }],
    ['the cluster has not been read', { facts: { invalidTags: bad } }],
  ])('notifies no namespace where %s', async (_, given) => {
    const { state, ports } = fakePublisher()
    await attempted(reportInvalidTags, view(given), ports)
    expect(state.calls).toEqual([])
  })

  it('tells a namespace of its key, though another namespace has a connection of that name', async () => {
    const { state, ports } = fakePublisher()
    const keys = bad.map((one) => ({ ...one, origin: 'configmap' as const }))
    const members = [connection({ name: 'data', namespace: 'mail' })]
    await attempted(reportInvalidTags, view({ facts: clusterFacts({ invalidTags: keys }), members }), ports)
    expect(state.calls).toEqual(['write orders/data'])
  })

  it('leaves to a connection of that name what it has told', async () => {
    const { state, ports } = fakePublisher()
    const told = following(reportInvalidTags, view(), await attempted(reportInvalidTags, view(), ports))
    const run = await attempted(reportInvalidTags, { ...told, facts: clusterFacts(), members: [connection({ name: 'data' })] }, ports)
    expect([state.calls, run.tracked]).toEqual([['write orders/data'], []])
  })

  it('has no pending deletes where it may no longer read', async () => {
    const { ports } = fakePublisher()
    const told = following(reportInvalidTags, view(), await attempted(reportInvalidTags, view(), ports))
    const closed = portsOf({
      kubernetes: async () => {
        throw refusal()
      },
    })
    expect((await attempted(reportInvalidTags, { ...told, facts: clusterFacts() }, closed)).pendingDeletes).toEqual([])
  })
})
