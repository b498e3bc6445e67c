// Connections declared by tags of their cluster: `connect-<name>` = `<type>:<target>[?<option>=<value>&…]`. Tags are hostile input: anyone with the
// right to tag can write them. An invalid tag becomes a fault that says how to write it, and never stops the others.

import { type ConnectionSpec, linkerId } from '../model/connection.ts'
import type { InvalidTag } from '../model/invalid-tag.ts'
import { type Loop, loop } from '../model/loop.ts'
import type { Fault } from '../model/problem.ts'
import { type TargetType, targetTypeNamed } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import { connectionNameRule, isConnectionName } from './connection-fields.ts'
import type { ConnectionInput, Field } from './connection-input.ts'
import { specOf } from './connection-spec.ts'
import { notOnAks } from './not-on-aks.ts'
import { decoded, identityIn, NotUnderstood, targetIn } from './tag-places.ts'

export const tagPrefix = 'connect-'
/** Azure's limit on the length of a tag's value. */
const longest = 256

const options = ['auth', 'namespace', 'client', 'workload', 'identity', 'role', 'child', 'secret', 'keys', 'transport', 'firewall'] as const
type Option = (typeof options)[number]
const isOption = (word: string): word is Option => (options as readonly string[]).includes(word)

const fields: Readonly<Record<Field, string>> = {
  name: 'the name',
  namespace: 'namespace',
  workload: 'workload',
  auth: 'auth',
  client: 'client',
  identity: 'identity',
  roles: 'role',
  customizedKeys: 'keys',
  keyNaming: 'keys',
  additionalConfigurations: 'keys',
  transport: 'transport',
}

/** The name of the tag that declares a connection. */
export const tagOf = (connectionName: string): string => `${tagPrefix}${connectionName.toLowerCase()}`

export function declarationsOf(
  tags: Readonly<Record<string, string>>,
  cluster: Loop<'cluster'>,
  installation: Installation,
  types: readonly TargetType[],
): { readonly spec: readonly ConnectionSpec[]; readonly faults: readonly Fault[]; readonly bad: readonly InvalidTag[] } {
  const spec: ConnectionSpec[] = []
  const bad: InvalidTag[] = []
  const names = new Set<string>()
  // Tag names are case-insensitive; of two that differ only in case, the alphabetically first counts, as in Azure.
  for (const [tag, value] of Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!tag.toLowerCase().startsWith(tagPrefix)) continue
    try {
      const name = tag.slice(tagPrefix.length).toLowerCase()
      if (names.has(name)) throw new NotUnderstood('another tag has the same name but for upper and lower case', 'keep one of the two')
      names.add(name)
      if (!isConnectionName(name)) throw new NotUnderstood(`'${sanitize(name)}' is not a valid name of a connection`, connectionNameRule)
      spec.push(declarationOf(name, value, cluster, installation, types))
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error
      bad.push(invalidTag(tag, value, error, cluster))
    }
  }
  const faults = bad.map(({ tag, message, hint }): Fault => ({ code: 'InvalidTag', about: { tag, message, hint } }))
  return { spec, faults, bad }
}

function invalidTag(tag: string, value: string, { message, hint }: NotUnderstood, cluster: Loop<'cluster'>): InvalidTag {
  const name = sanitize(tag).slice(tagPrefix.length).toLowerCase()
  const [, namespace] = /[?&]namespace=([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(?:&|$)/.exec(value) ?? []
  const connection = loop('connection', linkerId(cluster.id, name))
  return { tag: sanitize(tag), name, ...(namespace ? { namespace } : {}), message, hint, connection }
}

function declarationOf(
  name: string,
  value: string,
  cluster: Loop<'cluster'>,
  installation: Installation,
  types: readonly TargetType[],
): ConnectionSpec {
  if (value.length > longest) throw new NotUnderstood(`its value has ${value.length} characters`, `at most ${longest}`)
  const [, word, target, query] = /^([^:?]*):([^?]*)(?:\?(.*))?$/s.exec(value) ?? []
  if (word === undefined || target === undefined) throw new NotUnderstood('its value does not begin with a type and a colon')
  const type = targetTypeNamed(decoded(word).trim(), types)
  if (!type)
    throw new NotUnderstood(
      `'${sanitize(word)}' is not a target type that can be connected${because(word)}`,
      `one of ${types.map((known) => known.type).join(', ')}`,
    )
  const chosen = optionsOf(query)
  refuseUnsupported(chosen, type)
  const { firewall } = chosen
  if (firewall !== undefined && firewall !== 'open' && firewall !== 'keep')
    throw new NotUnderstood(`firewall '${sanitize(firewall)}' is not known`, 'firewall=open or firewall=keep')
  const input: ConnectionInput = {
    origin: 'tag',
    name,
    cluster,
    type,
    target: targetIn(target, type, cluster, chosen.child),
    namespace: chosen.namespace,
    workload: chosen.workload,
    auth: chosen.auth,
    client: chosen.client,
    identity: chosen.identity === undefined ? undefined : identityIn(chosen.identity, cluster),
    roles: chosen.role === undefined ? undefined : chosen.role.toLowerCase() === 'none' ? [] : chosen.role.split(','),
    firewall,
    keyNaming: chosen.keys,
    transport: chosen.transport,
  }
  const read = specOf(input, installation, fields)
  if ('value' in read) return read.value
  const [first] = read.issues
  throw new NotUnderstood(
    read.issues.map(({ field, message }) => `${field}: ${message}`).join('; '),
    first && `${first.field}: ${first.hint}`,
  )
}

const because = (word: string): string => {
  const reason = notOnAks(decoded(word))
  return reason === undefined ? '' : ` (NotOnAks: ${reason})`
}

function optionsOf(query: string | undefined): Readonly<Partial<Record<Option, string>>> {
  const chosen: Partial<Record<Option, string>> = {}
  if (query === undefined) return chosen
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=')
    if (at === -1) throw new NotUnderstood(`'${sanitize(pair)}' is not an option`, 'option=value, and & between two options')
    const option = decoded(pair.slice(0, at)).trim().toLowerCase()
    if (!isOption(option)) throw new NotUnderstood(`the option '${sanitize(option)}' is not known`, `one of ${options.join(', ')}`)
    if (chosen[option] !== undefined)
      throw new NotUnderstood(`the option ${option} stands there twice`, `${option} once; roles are separated by commas`)
    const value = decoded(pair.slice(at + 1)).trim()
    if (value === '') throw new NotUnderstood(`the option ${option} has no value`, `${option}=<value>, or leave it out`)
    chosen[option] = value
  }
  return chosen
}

/** Options of the grammar that have no meaning for this type. */
function refuseUnsupported(chosen: Readonly<Partial<Record<Option, string>>>, type: TargetType): void {
  if (chosen.child !== undefined && type.child.kind !== 'named')
    throw new NotUnderstood(`the option child has no meaning for ${type.type}, which is connected as a whole`, 'leave it out')
  if (chosen.secret !== undefined)
    throw new NotUnderstood(`the option secret has no meaning for ${type.type}: no secret is named in a tag`, 'leave it out')
}
