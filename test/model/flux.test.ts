import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fluxName, revisionsOf, saidByFlux } from '../../src/model/flux.ts'
import { loop } from '../../src/model/loop.ts'

const blobs = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z]{1,6}-[a-z0-9-]{1,20}\.yaml$/), etag: fc.stringMatching(/^0x8D[0-9A-F]{4,12}$/) }),
  { selector: ({ name }) => name, maxLength: 8 },
)
const sha = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('the revisions of a container', () => {
  it('are those that source-controller computes from a list and from reads', () => {
    const two = [
      { name: 'b.yaml', etag: '0x8D2' },
      { name: 'a.yaml', etag: '0x8D1' },
    ]
    expect([...revisionsOf(two)].sort()).toEqual(
      [sha('a.yaml 3078384431\nb.yaml 3078384432\n'), sha('a.yaml "0x8D1"\nb.yaml "0x8D2"\n'), sha('a.yaml 0x8D1\nb.yaml 0x8D2\n')].sort(),
    )
  })

  it('tell any two contents apart, whatever their order', () => {
    fc.assert(
      fc.property(blobs, blobs, (one, other) => {
        const texts = (all: typeof one) => all.map(({ name, etag }) => `${name} ${etag}`).sort()
        const isSame = JSON.stringify(texts(one)) === JSON.stringify(texts(other))
        const both = [...revisionsOf(one)].filter((revision) => revisionsOf(other.toReversed()).has(revision))
        expect(both.length > 0).toBe(isSame)
        expect(revisionsOf(one.toReversed())).toEqual(revisionsOf(one))
      }),
    )
  })
})

describe('what Flux says', () => {
  const revision = sha('a')
  const statuses = (status: string, message: string) => [
    { name: 'sc', kind: 'Bucket', statusConditions: [{ type: 'Ready', status: 'True', message: 'stored artifact' }] },
    { name: 'sc-objects', kind: 'Kustomization', statusConditions: [{ type: 'Ready', status, message }] },
  ]
  it('is the applied revision of its own Kustomization, while that is ready', () => {
    expect(saidByFlux({ statuses: statuses('True', `Applied revision: ${revision}`) }, 'sc')).toEqual({ isKnown: true, applied: revision })
    expect(saidByFlux({ statuses: statuses('True', `Applied revision: ${revision}`) }, 'other')).toEqual({ isKnown: true })
    expect(saidByFlux({ statuses: statuses('Unknown', 'Reconciliation in progress') }, 'sc')).toEqual({ isKnown: true })
    expect(saidByFlux({ statuses: statuses('False', `kustomize build failed ${revision}`) }, 'sc')).toEqual({
      isKnown: true,
      trouble: expect.stringContaining('Kustomization: kustomize build failed'),
    })
    expect(saidByFlux({}, 'sc')).toEqual({ isKnown: false })
  })
})

it('names a configuration by installation, cluster and namespace, in the 30 characters that Azure allows', () => {
  const cluster = (name: string) =>
    loop('cluster', `/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/${name}`)
  const names = [
    fluxName('main', cluster('a'), 'orders'),
    fluxName('main', cluster('a'), 'billing'),
    fluxName('main', cluster('b'), 'orders'),
    fluxName('other', cluster('a'), 'orders'),
  ]
  expect(new Set(names).size).toBe(4)
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{3,30}$/)
})
