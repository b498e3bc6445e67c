// The app settings that the code knows, told by the code itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config.ts'

const source = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')

/** Keys of the schema: the only words in upper case that stand where a key does. */
export const knownSettings: readonly string[] = [...source('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
  ([, name]) => name ?? '',
)

/** Those without which it does not start: it names them. */
export function requiredSettings(): string[] {
  try {
    parseConfig({})
  } catch (error) {
    return [...String(error).matchAll(/^ {2}([A-Z][A-Z_]+) /gm)].map(([, name]) => name ?? '')
  }
  throw new Error('The app would start without any setting')
}

export const eventFunction = (): string =>
  /app\.eventGrid\('([^']+)'/.exec(source('src/functions/azure-events.event-grid.ts'))?.[1] ?? 'no function is registered'

export const page = (name: string): string => source(`docs/${name}`)

/** Rules of the Role in docs/permissions.md: what the app may do in a namespace. */
export function roleRules(): readonly { readonly resources: string[]; readonly verbs: string[] }[] {
  const [manifest = ''] = /^apiVersion: rbac[\s\S]*?(?=^---)/m.exec(page('permissions.md')) ?? []
  const { rules } = parse(manifest) as { readonly rules: readonly { readonly resources: string[]; readonly verbs: string[] }[] }
  return rules.map(({ resources, verbs }) => ({ resources, verbs }))
}
