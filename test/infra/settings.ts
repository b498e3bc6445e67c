// The app settings that the code knows, told by the code itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config.ts'

const source = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')

/** Keys of the schemas: the only words in upper case that stand where a key does. */
export const knownSettings: readonly string[] = ['settings', 'telemetry']
  .flatMap((name) => [...source(`src/config/${name}.ts`).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)])
  .map(([, name]) => name ?? '')

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
  /app\.eventGrid\('([^']+)'/.exec(source('src/functions/triggers/azure-events.event-grid.ts'))?.[1] ?? 'no function is registered'

export const page = (name: string): string => source(`docs/${name}`)

type Rules = readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[]

function rulesOf(name: string): Rules {
  const manifests = page('permissions.md').match(/^apiVersion: rbac[\s\S]*?(?=^(?:---|```))/gm) ?? []
  const found = manifests.map((one) => parse(one) as { readonly metadata: { readonly name: string }; readonly rules: Rules })
  return found.find(({ metadata }) => metadata.name === name)?.rules ?? []
}

/** Rules of the Role in docs/permissions.md: what the app may do in a namespace. */
export const roleRules = (): readonly { readonly resources: string[]; readonly verbs: string[] }[] =>
  rulesOf('aks-service-connector').map(({ resources, verbs }) => ({ resources, verbs }))

/** Rules of the ClusterRole in docs/permissions.md: what identity bindings need of a whole cluster. */
export const bindingRules = (): readonly { readonly resources: string[]; readonly verbs: string[] }[] =>
  rulesOf('aks-service-connector-bindings').map(({ apiGroups, resources, verbs }) => ({
    resources: resources.map((resource) => (resource === '*' ? `${apiGroups[0]}/*` : resource)),
    verbs,
  }))
