import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declaredIn, toldOf } from '../../src/declare/configmaps.ts'
import type { DeclaredInCluster } from '../../src/model/declared-in-cluster.ts'
import { loop } from '../../src/model/loop.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { installation } from '../functions/test-services.ts'
import { clusterId } from '../model/a-connection.ts'

const key = (over: Partial<DeclaredInCluster> = {}): DeclaredInCluster => ({
  namespace: 'shop',
  configMap: 'connections',
  key: 'photos',
  words: 'storage-blob:stdata',
  ...over,
})
const read = (...all: DeclaredInCluster[]) => declaredIn(all, loop('cluster', clusterId), installation, targets)

describe('a ConfigMap', () => {
  it('declares a connection of its own namespace with each key', () => {
    expect(read(key(), key({ key: 'Reports', words: ' storage-blob:data/streports?auth=secret \n' }))).toMatchObject({
      specs: [
        { origin: 'configmap', name: 'photos', namespace: 'shop', auth: 'workload-identity' },
        { name: 'reports', namespace: 'shop', auth: 'secret' },
      ],
      bad: [],
    })
  })

  it('may have words that are too long for a tag', () => {
    expect(
      read(key({ words: `storage-blob:${'g'.repeat(80)}/stdata?role=${'Storage Blob Data Reader,'.repeat(8)}Storage Blob Data Owner` }))
        .specs,
    ).toHaveLength(1)
    expect(read(key({ words: `storage-blob:stdata?role=${'x'.repeat(1100)}` })).bad).toMatchObject([
      { message: expect.stringContaining('characters') },
    ])
  })

  it.each([
    ['a name that is none', { key: '..' }, 'not a valid name'],
    ['another namespace', { words: 'storage-blob:stdata?namespace=web' }, 'the namespace is the one that it is declared in'],
    ['a type that is none', { words: 'tape:stdata' }, "'tape'"],
    ['nothing', { words: '' }, 'does not begin with a type'],
  ])('with %s is told, and stops no other', (_, over, words) => {
    expect(read(key(over), key({ key: 'good' }))).toMatchObject({
      specs: [{ name: 'good' }],
      bad: [{ namespace: 'shop', origin: 'configmap', message: expect.stringContaining(words) }],
    })
  })

  it('leaves room for what others are told, however much is wrong', () => {
    const wrong = Array.from({ length: 400 }, (_, at) => key({ namespace: 'a-loud-one', key: `!${at}`, words: 'x'.repeat(900) }))
    const told = toldOf(read(...wrong, key({ words: 'tape:stdata' })).bad)
    expect(JSON.stringify(told).length).toBeLessThan(45_000)
    expect(told.filter(({ namespace }) => namespace === 'shop')).toHaveLength(1)
  })

  it('declares for no other namespace, whatever its words', () => {
    const words = fc.oneof(
      fc.string(),
      fc.string().map((text) => `storage-blob:stdata?${text}`),
      fc.constantFrom('storage-blob:stdata?namespace=web', 'blob:a?namespace=shop'),
    )
    fc.assert(
      fc.property(words, fc.string(), (text, name) =>
        read(key({ key: name, words: text })).specs.every(({ namespace, origin }) => namespace === 'shop' && origin === 'configmap'),
      ),
    )
  })
})
