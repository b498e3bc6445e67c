import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keptDeclarations, roomForDeclarations, sizeOfDeclaration } from '../../src/declare/room-for-configmaps.ts'
import { type DeclaredInCluster, longestWords, mostDeclared } from '../../src/model/declared-in-cluster.ts'

const keysOf = (namespace: string, count: number, length: number): readonly DeclaredInCluster[] =>
  Array.from({ length: count }, (_, at) => ({ namespace, configMap: 'all', key: `key-${at}`, words: 'w'.repeat(length) }))
const namespaces = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 8 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.integer({ min: 1, max: 600 }), fc.nat(longestWords + 1)))),
  )
const total = (all: readonly DeclaredInCluster[]): number => all.reduce((sum, one) => sum + sizeOfDeclaration(one), 0)
const isKept = ({ cut }: DeclaredInCluster): boolean => cut === undefined
const without = (all: readonly DeclaredInCluster[]): readonly DeclaredInCluster[] => all.filter(isKept)

describe('the room for keys of ConfigMaps', () => {
  it('is never exceeded, whatever namespaces write', () => {
    fc.assert(
      fc.property(namespaces, (each) => {
        const kept = keptDeclarations(
          each.flatMap(([name, count, length]) => keysOf(name, count, length)),
          [],
        )
        expect(without(kept).length).toBeLessThanOrEqual(mostDeclared)
        expect(total(without(kept))).toBeLessThanOrEqual(roomForDeclarations)
        expect(JSON.stringify(kept).length).toBeLessThan(roomForDeclarations + 50_000)
      }),
      { numRuns: 50 },
    )
  })

  it('gives a namespace that needs no more than its equal share all of it', () => {
    fc.assert(
      fc.property(namespaces, (each) => {
        const all = each.map(([name, count, length]) => keysOf(name, count, length))
        const kept = keptDeclarations(all.flat(), [])
        for (const own of all.filter((one) => total(one) <= roomForDeclarations / all.length))
          expect(kept.filter(({ namespace }) => namespace === own[0]?.namespace)).toHaveLength(own.length)
      }),
      { numRuns: 50 },
    )
  })

  it('tells a namespace how many of its keys were cut', () => {
    const kept = keptDeclarations([...keysOf('a-greedy', 700, 10), ...keysOf('shop', 2, 10)], [])
    const [told, ...more] = kept.filter((one) => !isKept(one))
    expect([told, more]).toMatchObject([{ namespace: 'a-greedy', words: '' }, []])
    expect(without(kept).length + (told?.cut ?? 0) + 1).toBe(702)
  })

  it('takes nothing from the keys that a namespace has, to give it to its new ones', () => {
    const before = keptDeclarations(keysOf('shop', 400, 10), [])
    const late = keysOf('shop', 400, 10).map((one) => ({ ...one, configMap: 'a-new' }))
    const after = without(keptDeclarations([...late, ...keysOf('shop', 400, 10)], before))
    expect(after.filter(({ configMap }) => configMap === 'all')).toHaveLength(400)
  })
})
