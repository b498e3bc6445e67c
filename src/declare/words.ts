// The words that declare a connection: `<type>:<target>[?<option>=<value>&…]`, the value of a tag, of a key in a ConfigMap, of an argument of `sc`. What is
// not understood says how to write it.

import { type ConnectionSpec, type Origin, onDeletes } from '../model/connection.ts'
import type { Loop } from '../model/loop.ts'
import { type TargetType, targetTypeNamed } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import type { ConnectionInput, Field } from './connection-input.ts'
import { specOf } from './connection-spec.ts'
import { notOnAks } from './not-on-aks.ts'
import { decoded, identityIn, NotUnderstood, targetIn } from './tag-places.ts'

const options = [
  'auth',
  'namespace',
  'client',
  'workload',
  'identity',
  'federation',
  'role',
  'child',
  'secret',
  'extension',
  'keys',
  'shape',
  'dapr',
  'transport',
  'firewall',
  'paused',
  'ondelete',
] as const
type Option = (typeof options)[number]
const isOption = (word: string): word is Option => (options as readonly string[]).includes(word)

/** How options are called, by the field that they fill. */
export const optionNames: Readonly<Record<Field, string>> = {
  name: 'the name',
  namespace: 'namespace',
  workload: 'workload',
  auth: 'auth',
  client: 'client',
  identity: 'identity',
  userName: 'auth',
  federation: 'federation',
  roles: 'role',
  customizedKeys: 'keys',
  keyNaming: 'keys',
  shape: 'shape',
  dapr: 'dapr',
  vaultObjects: 'secret',
  kubernetesExtension: 'extension',
  additionalConfigurations: 'keys',
  additionalConnectionStringProperties: 'keys',
  transport: 'transport',
}

/** Whose words they are: an author who declares a connection of the cluster under this name. `namespace`: the only one that the author can declare in. */
type Author = { readonly origin: Origin; readonly name: string; readonly cluster: Loop<'cluster'>; readonly namespace?: string }

/** @throws NotUnderstood */
export function specIn(
  value: string,
  { origin, name, cluster, namespace }: Author,
  installation: Installation,
  types: readonly TargetType[],
): ConnectionSpec {
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
  if (namespace !== undefined && chosen.namespace !== undefined && chosen.namespace !== namespace)
    throw new NotUnderstood('the namespace is the one that it is declared in', 'leave out namespace')
  const { firewall, ondelete } = chosen
  const onDelete = onDeletes.find((one) => one === ondelete)
  if (onDelete !== ondelete)
    throw new NotUnderstood(`ondelete '${sanitize(ondelete ?? '')}' is not known`, 'ondelete=remove or ondelete=keep')
  if (firewall !== undefined && firewall !== 'open' && firewall !== 'keep')
    throw new NotUnderstood(`firewall '${sanitize(firewall)}' is not known`, 'firewall=open or firewall=keep')
  for (const option of ['extension', 'paused'] as const) {
    const { [option]: value = 'off' } = chosen
    if (value !== 'on' && value !== 'off')
      throw new NotUnderstood(`${option} '${sanitize(value)}' is not known`, `${option}=on, or leave it out`)
  }
  const input: ConnectionInput = {
    origin,
    name,
    cluster,
    type,
    target: targetIn(target, type, cluster, chosen.child),
    namespace: namespace ?? chosen.namespace,
    workload: chosen.workload,
    auth: chosen.auth,
    client: chosen.client,
    identity: chosen.identity === undefined ? undefined : identityIn(chosen.identity, cluster),
    federation: chosen.federation,
    roles: chosen.role === undefined ? undefined : chosen.role.toLowerCase() === 'none' ? [] : chosen.role.split(','),
    firewall,
    keyNaming: chosen.keys,
    shape: chosen.shape,
    dapr: chosen.dapr === undefined ? undefined : { componentType: chosen.dapr },
    kubernetesExtension: chosen.extension === 'on',
    paused: chosen.paused === 'on',
    onDelete,
    vaultObjects: chosen.secret?.split(',').map((one) => ({ objectName: one.trim(), objectType: 'secret' as const })),
    transport: chosen.transport,
  }
  const read = specOf(input, installation, optionNames)
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
}
