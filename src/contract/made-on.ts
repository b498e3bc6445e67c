// How the app's own memory of what it made names a resource (ports.ts, Provenance): by type, name and creation time, wherever it is moved to.
import { resourceId } from '../model/resource-id.ts'

/** A recreated resource is another one. */
export function resourceText(id: string, createdAt: string): string {
  const { type, names } = resourceId(id)
  return `${type}/${names.join('/')} ${createdAt}`.toLowerCase()
}

/** What such a text names. `undefined`: it is none. */
export function resourceIn(text: string): { readonly type: string; readonly names: readonly string[] } | undefined {
  const [provider = '', ...path] = text.slice(0, text.indexOf(' ')).split('/')
  const depth = path.length / 2
  if (provider === '' || depth < 1 || !Number.isInteger(depth)) return undefined
  return { type: [provider, ...path.slice(0, depth)].join('/'), names: path.slice(depth) }
}
