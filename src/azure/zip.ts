// A zip archive of a few small files, compressed, without folders, comments or anything beyond 4 GB: what a command takes along (run-command.ts).
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { crc32, deflateRawSync } from 'node:zlib'

const version = 20
const deflated = 8
/** Names are UTF-8. */
const flags = 0x0800
/** 1 January 1980, the earliest that the format knows: the same files make the same archive. */
const date = 0x0021

export function zipOf(files: ReadonlyMap<string, string>): Buffer {
  const entries = [...files].map(([name, text]) => {
    const content = Buffer.from(text)
    const body = deflateRawSync(content)
    return { name: Buffer.from(name), body, size: content.length, sum: crc32(content) }
  })
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, body, size, sum } of entries) {
    const common = numbers(
      [version, 2],
      [flags, 2],
      [deflated, 2],
      [0, 2],
      [date, 2],
      [sum, 4],
      [body.length, 4],
      [size, 4],
      [name.length, 2],
      [0, 2],
    )
    const local = Buffer.concat([numbers([0x04034b50, 4]), common, name, body])
    directory.push(numbers([0x02014b50, 4], [version, 2]), common, numbers([0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), name)
    parts.push(local)
    at += local.length
  }
  const index = Buffer.concat(directory)
  const count = entries.length
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [index.length, 4], [at, 4], [0, 2])
  return Buffer.concat([...parts, index, end])
}

/** Little-endian, each with its size in bytes. */
function numbers(...all: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  const buffer = Buffer.alloc(all.reduce((sum, [, bytes]) => sum + bytes, 0))
  let at = 0
  for (const [value, bytes] of all) at = buffer.writeUIntLE(value, at, bytes)
  return buffer
}
