import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instanceOf, keyOf, loop, loopKinds, sameLoop } from '../../src/model/loop.ts'

const id =
  '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/Shop/providers/Microsoft.ContainerService/managedClusters/Aks'

describe('the key of a loop', () => {
  it('is the first 130 bits of the hash of the id in lower case, in base32 (RFC 4648, lower case)', () => {
    const bits = [...createHash('sha256').update(id.toLowerCase()).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    const expected = Array.from(
      { length: 26 },
      (_, at) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)],
    ).join('')
    expect(keyOf(id)).toBe(expected)
  })

  it('stays the same for ever, because it stands in tables, labels and names', () => {
    expect(keyOf('')).toBe('4oymiquy7qobjgx36tejs35zeq')
  })

  it('does not depend on the case of the id', () => {
    expect(keyOf(id.toUpperCase())).toBe(keyOf(id))
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => keyOf(text.toUpperCase()) === keyOf(text.toLowerCase())))
  })

  it('fits where it is used: a label, a table key, a name', () => {
    fc.assert(fc.property(fc.string(), (text) => /^[a-z2-7]{26}$/.test(keyOf(text))))
  })

  it('differs for other ids', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => a.toLowerCase() === b.toLowerCase() || keyOf(a) !== keyOf(b)))
  })
})

describe('a loop', () => {
  it('has an instance id of its kind and key', () => {
    for (const kind of loopKinds) expect(instanceOf(loop(kind, id))).toBe(`${kind}-${keyOf(id)}`)
  })

  it('is the same as another of its kind and key, however the id is written', () => {
    expect(sameLoop(loop('cluster', id), loop('cluster', id.toLowerCase()))).toBe(true)
    expect(sameLoop(loop('cluster', id), loop('target', id))).toBe(false)
    expect(sameLoop(loop('cluster', id), loop('cluster', `${id}2`))).toBe(false)
  })
})
