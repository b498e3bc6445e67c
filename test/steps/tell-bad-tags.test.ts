import { describe, expect, it } from 'vitest'
import { declarationsOf } from '../../src/domain/tags.ts'
import type { Board } from '../../src/steps/ports.ts'
import { tellBadTags } from '../../src/steps/tell-bad-tags.ts'
import { allowAll } from '../domain/allow-all.ts'
import { attempted, clusterFacts, connection, fakeCluster, following, portsOf, refusal, rules, shop, viewOf } from './builders.ts'

const { bad } = declarationsOf({ 'connect-data': 'blub:x?namespace=orders' }, shop, rules, [])
const facts = clusterFacts({ badTags: bad })
const view = (given: Partial<Parameters<typeof viewOf<'cluster'>>[1]> = {}) => viewOf(shop, { facts, ...given })

function fakeBoard() {
  const state: { text?: string | undefined; readonly calls: string[] } = { calls: [] }
  const board: Board = {
    async read() {
      return state.text === undefined ? undefined : { isOurs: true, text: state.text }
    },
    async write({ namespace, connection: name }, text) {
      state.calls.push(`write ${namespace}/${name}`)
      state.text = text
      return true
    },
    async erase({ namespace, connection: name }) {
      state.calls.push(`erase ${namespace}/${name}`)
      state.text = undefined
    },
    tell: async () => {},
  }
  return { state, ports: portsOf({ kubernetes: async () => ({ ...fakeCluster(), board }) }) }
}

describe('tell-bad-tags', () => {
  it('tells the namespace that the tag names, once, and takes it back when the tag is gone', async () => {
    const { state, ports } = fakeBoard()
    const run = await attempted(tellBadTags, view(), ports)
    expect(state.text).toMatch(/^state: Failed\nproblem: BadTag: .*blub/)
    const later = following(tellBadTags, view(), run)
    await attempted(tellBadTags, later, ports)
    await attempted(tellBadTags, { ...later, facts: clusterFacts() }, ports)
    expect(state.calls).toEqual(['write orders/data', 'erase orders/data'])
  })

  it.each([
    ['no policy allows the namespace', { policies: [{ name: 'other', allow: { ...allowAll, namespaces: ['mail'] } }] }],
    ['no policy allows the cluster', { policies: [{ name: 'other', allow: { ...allowAll, clusters: ['a/b/c'] } }] }],
    ['there is a connection of that name, which tells of itself', { members: [connection({ name: 'data' })] }],
    ['it is turned off', { rules: { ...rules, publishStatus: false as const } }],
    ['the cluster has not been read', { facts: { badTags: bad } }],
  ])('tells nobody where %s', async (_, given) => {
    const { state, ports } = fakeBoard()
    await attempted(tellBadTags, view(given), ports)
    expect(state.calls).toEqual([])
  })

  it('leaves to a connection of that name what it has told', async () => {
    const { state, ports } = fakeBoard()
    const told = following(tellBadTags, view(), await attempted(tellBadTags, view(), ports))
    const run = await attempted(tellBadTags, { ...told, facts: clusterFacts(), members: [connection({ name: 'data' })] }, ports)
    expect([state.calls, run.held]).toEqual([['write orders/data'], []])
  })

  it('owes nothing where it may not look any more', async () => {
    const { ports } = fakeBoard()
    const told = following(tellBadTags, view(), await attempted(tellBadTags, view(), ports))
    const closed = portsOf({
      kubernetes: async () => {
        throw refusal()
      },
    })
    expect((await attempted(tellBadTags, { ...told, facts: clusterFacts() }, closed)).owes).toEqual([])
  })
})
