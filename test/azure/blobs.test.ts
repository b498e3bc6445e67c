// Blobs through the app's own pipeline.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBlobs } from '../../src/azure/blobs.ts'
import type { Blobs } from '../../src/ports/blobs.ts'
import { serveBlobs } from '../local/cloud/blobs.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

describe('blobs', () => {
  let world: AzureWorld
  let served: ReturnType<typeof serveBlobs>
  let blobs: Blobs
  beforeEach(async () => {
    world = await azureWorld()
    served = serveBlobs(world.cloud, 'manifests')
    blobs = createBlobs(world.connection(), 'manifests')
  })
  afterEach(() => world.close())

  it('are written, read, listed and removed, each by its ETag; what is missing is an answer', async () => {
    expect(await blobs.list('orders')).toBeUndefined()
    expect(await blobs.read('orders', 'a.yaml')).toBeUndefined()
    expect([await blobs.make('orders'), await blobs.make('orders')]).toEqual(['there', 'there'])
    expect(await blobs.list('orders')).toEqual([])
    await blobs.write('orders', 'a.yaml', { kind: 'Secret' })
    expect(await failure(blobs.write('orders', 'a.yaml', { kind: 'Secret' }))).toMatchObject({ status: 409 })
    const [listed] = (await blobs.list('orders')) ?? []
    await blobs.write('orders', 'a.yaml', { kind: 'ConfigMap' }, listed?.etag)
    expect(await failure(blobs.write('orders', 'a.yaml', { kind: 'Secret' }, listed?.etag))).toMatchObject({ code: 'Stale' })
    expect(await failure(blobs.remove('orders', 'a.yaml', listed?.etag ?? ''))).toMatchObject({ code: 'Stale' })
    expect(await blobs.read('orders', 'a.yaml')).toEqual({ kind: 'ConfigMap' })
    const [now] = (await blobs.list('orders')) ?? []
    await blobs.remove('orders', 'a.yaml', now?.etag ?? '')
    await blobs.remove('orders', 'a.yaml', now?.etag ?? '')
    expect(await blobs.list('orders')).toEqual([])
    await blobs.drop('orders')
    await blobs.drop('orders')
    expect(await blobs.list('orders')).toBeUndefined()
  })

  it('that may not be read are no absence, nor is a page of another service', async () => {
    served.refuse(true)
    expect(await failure(blobs.list('orders'))).toMatchObject({ class: 'permission' })
    served.put('orders', 'a.yaml', '<html>')
    served.refuse(false)
    expect(await blobs.read('orders', 'a.yaml')).toBe('')
    const others = createBlobs(world.connection(), 'others')
    let body = '<html>Sign in</html>'
    world.cloud.serve({
      name: 'portal',
      owns: (hostname) => hostname === 'others.blob.core.windows.net',
      handle: async () => ({ status: 200, body }),
    })
    expect(await failure(others.list('orders'))).toMatchObject({ code: 'AnswerNotUnderstood' })
    expect(await failure(others.read('orders', 'a.yaml'))).toMatchObject({ code: 'AnswerNotUnderstood' })
    expect(await failure(others.make('orders'))).toMatchObject({ code: 'AnswerNotUnderstood' })

    const blob = (inside: string): string => `<EnumerationResults><Blobs>${inside}</Blobs><NextMarker/></EnumerationResults>`
    for (body of [
      '',
      '<EnumerationResults/>',
      blob('<Blob><Name>a</Name></Blob>'),
      blob('<Blob><Name/><Properties><Etag>1</Etag></Properties></Blob>'),
    ])
      expect(await failure(others.list('orders'))).toMatchObject({ code: 'AnswerNotUnderstood' })
    body = blob('<Blob><Name>a&amp;b</Name><Properties><Etag>&quot;0x1&quot;</Etag></Properties></Blob>')
    expect(await others.list('orders')).toEqual([{ name: 'a&b', etag: '0x1' }])
  })
})
