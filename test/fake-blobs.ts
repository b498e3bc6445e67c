// Blobs in memory, behind the port.
import type { Blobs } from '../src/ports/blobs.ts'

export type FakeBlobs = Blobs & {
  readonly containers: Map<string, Map<string, { readonly content: unknown; readonly etag: string }>>
  going: boolean
}

export function fakeBlobs(): FakeBlobs {
  let writes = 0
  const containers: FakeBlobs['containers'] = new Map()
  return {
    containers,
    going: false,
    async list(container) {
      const blobs = containers.get(container)
      return blobs && [...blobs].map(([name, { etag }]) => ({ name, etag }))
    },
    read: async (container, name) => containers.get(container)?.get(name)?.content,
    async write(container, name, content, etag) {
      const blobs = containers.get(container)
      if (!blobs) throw new Error(`There is no container ${container}`)
      if (blobs.get(name)?.etag !== etag) throw new Error(`The blob ${name} is another one`)
      blobs.set(name, { content, etag: `0x${++writes}` })
    },
    async remove(container, name, etag) {
      const blobs = containers.get(container)
      if (blobs?.get(name)?.etag === etag) blobs?.delete(name)
    },
    async make(container) {
      if (this.going) return 'going'
      if (!containers.has(container)) containers.set(container, new Map())
      return 'there'
    },
    drop: async (container) => void containers.delete(container),
  }
}
