// What a look by command (look.ts) printed. What is missing, cut off or of another shape is unknown: it throws, as a refusal of the API server does, where it is asked for.
import { isObject, type Json, notUnderstood } from '../../errors/answer.ts'
import { releaseNamespace } from '../../model/extension.ts'
import type { SweptKind } from '../../model/leftover.ts'
import type { Loop } from '../../model/loop.ts'
import { isUnserved } from '../custom.ts'
import { namespaceMissing } from '../status.ts'
import type { UsingKind } from '../using-kinds.ts'
import { refusalIn } from './refusals.ts'
import type { Answer } from './round.ts'
import { cutShort } from './rounds.ts'

export type Look = {
  /** As of a metadata-only list. `undefined`: the cluster has no such kind. */
  objects(kind: SweptKind): Promise<readonly Json[] | undefined>
  /** As far as they may use an object of a connection. */
  users(row: UsingKind): readonly Json[]
  /** Only that of the extension of Azure Service Connector was asked for. */
  hasNamespace(name: string): boolean
}

/** `found`: each line that jq made. `errors`: what kubectl complained of. */
type Lines = { readonly found: readonly Json[]; readonly errors: readonly string[] }

/** By name of the statement. */
export function readLook(answers: ReadonlyMap<string, Answer | undefined>, cluster: Loop<'cluster'>): Look {
  const answerTo = (name: string): Answer => {
    const answer = answers.get(name)
    if (!answer) throw cutShort(cluster)
    return answer
  }
  const linesOf = (name: string): Lines => linesIn(answerTo(name).text)
  const listOf = (name: string, kind: string): readonly Json[] => {
    const { found, errors } = linesOf(name)
    return wholeList(found, kind) ?? refuse(errors, `list ${name}`, cluster)
  }
  const apis = { getAPIVersions: async () => ({ groups: groupsIn(linesOf('groups')).names.map((name) => ({ name })) }) }

  /** Of an API group, as its lists of resources say. `undefined`: the API server does not have the kind. */
  function versionOf({ group, plural }: UsingKind): string | undefined {
    const served = resourcesIn(linesOf('resources'))
    for (const version of groupsIn(linesOf('groups')).versions.get(group) ?? []) {
      const names = served.get(version)
      if (!names) throw notUnderstood(`list ${plural}`, `kubectl did not print what ${version} has`)
      if (names.includes(plural)) return version
    }
    return undefined
  }

  return {
    async objects(kind) {
      try {
        return listOf(kind, `${kind}List`)
      } catch (error) {
        if (await isUnserved(error, kind, apis)) return undefined
        throw error
      }
    },
    users(row) {
      const { kind, group, plural } = row
      if (group === '') return listOf(plural, `${kind}List`).map(userIn)
      const version = versionOf(row)
      if (version === undefined) {
        if (row.version === undefined) return []
        throw notUnderstood(`list ${plural}`, 'the API server does not have this kind, and every one has it')
      }
      const { found, errors } = linesOf('others')
      const own = errors.filter((line) => line.includes(`): ${plural}.${group} is forbidden: `))
      return wholeList(found, `${kind}List`, version)?.map(userIn) ?? refuse(own, `list ${plural}`, cluster)
    },
    hasNamespace(name) {
      if (name !== releaseNamespace) throw new TypeError(`The namespace ${name} was not asked for`)
      const { exit, text } = answerTo('namespace')
      if (exit === 0) return true
      const error = refusalIn(text, `read Namespace ${name}`)
      if (namespaceMissing(error)) return false
      throw error
    },
  }
}

function linesIn(text: string): Lines {
  const found: Json[] = []
  const errors: string[] = []
  for (const line of text.split('\n')) {
    const json = line.startsWith('{') ? parsed(line) : undefined
    if (json) found.push(json)
    else if (line !== '' && !/^(Warning: |[IWEF]\d{4} )/.test(line)) errors.push(line)
  }
  return { found, errors }
}

function parsed(line: string): Json | undefined {
  try {
    const json: unknown = JSON.parse(line)
    return isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** What stands before the end that names this list. `undefined`: it is not there, so the list was not read whole. */
function wholeList(found: readonly Json[], kind: string, version?: string): readonly Json[] | undefined {
  let items: Json[] = []
  for (const line of found) {
    if (typeof line['count'] !== 'number') {
      items.push(line)
      continue
    }
    const isIt = line['kind'] === kind && (version === undefined || line['apiVersion'] === version)
    if (isIt) return items.length === line['count'] ? items : undefined
    items = []
  }
  return undefined
}

function refuse(errors: readonly string[], doing: string, cluster: Loop<'cluster'>): never {
  throw errors.length > 0 ? refusalIn(errors.join('\n'), doing) : cutShort(cluster)
}

const textsOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined

function groupsIn({ found }: Lines): { readonly names: readonly string[]; readonly versions: ReadonlyMap<string, readonly string[]> } {
  const { kind, names, groups, count } = found[0] ?? {}
  const all = textsOf(names)
  const rows = (Array.isArray(groups) ? groups : [])
    .filter(isObject)
    .map(({ name, versions }) => [String(name), textsOf(versions)] as const)
  const versions = new Map(rows.flatMap(([name, some]) => (some ? [[name, some] as const] : [])))
  if (kind !== 'APIGroupList' || !all || all.length !== count || versions.size !== rows.length)
    throw notUnderstood('list API groups', 'kubectl did not print a list of groups')
  return { names: all, versions }
}

/** By `<group>/<version>`. */
const resourcesIn = ({ found }: Lines): ReadonlyMap<string, readonly string[]> =>
  new Map(
    found.flatMap(({ groupVersion, names }) => (typeof groupVersion === 'string' ? [[groupVersion, textsOf(names) ?? []] as const] : [])),
  )

/** The object, as far as the fields go that were printed. Lists have holes. */
function userIn({ name, namespace, phase, conditions, leaves }: Json): Json {
  const object: Record<string, unknown> = { status: { phase, conditions } }
  for (const leaf of Array.isArray(leaves) ? leaves : []) {
    const [path, text] = Array.isArray(leaf) ? leaf : []
    if (!isPath(path) || typeof text !== 'string') throw notUnderstood('list users', 'kubectl did not print what it was asked for')
    put(object, path, text)
  }
  const { annotations, ...rest } = object
  return { ...rest, metadata: { name, namespace, annotations } }
}

type Path = readonly (string | number)[]
const isPath = (path: unknown): path is Path =>
  Array.isArray(path) && path.every((one) => Number.isInteger(one) || (typeof one === 'string' && one !== '__proto__'))

function put(into: object, [first = '', ...rest]: Path, value: string): void {
  const [next] = rest
  const before: unknown = Object.hasOwn(into, first) ? Reflect.get(into, first) : undefined
  const inner = typeof before === 'object' && before !== null ? before : typeof next === 'number' ? [] : {}
  Reflect.set(into, first, next === undefined ? value : inner)
  if (next !== undefined) put(inner, rest, value)
}
