// Where the words of a tag point: target and identity, by full id or by a name near the cluster. What is not understood says how to write it.
import type { Loop } from '../model/loop.ts'
import { parseResourceId, resourceId } from '../model/resource-id.ts'
import { childNames, exampleOf, type TargetPlace, targetAt, targetAtEndpoint, targetOn } from '../model/target-place.ts'
import type { TargetType } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'

const grammar = 'connect-data = storage-blob:stdata?namespace=shop&auth=workload-identity'

export class NotUnderstood extends Error {
  readonly hint: string
  constructor(message: string, hint = grammar) {
    super(message)
    this.hint = hint
  }
}

/** A full id, or `name`, `group/name`, `subscription/group/name`; the cluster's are the defaults. `child`: where the id has none. */
export function targetIn(text: string, type: TargetType, cluster: Loop<'cluster'>, child: string | undefined): TargetPlace {
  const { on } = type
  if (!('armType' in on)) return endpointIn(text, type)
  const id = parseResourceId(placeIn(text, cluster, (name) => `${on.armType}/${name}`))
  const whole = id && targetAt(id, type)
  if (whole && child === undefined) return whole
  if (whole && type.child.kind === 'named')
    throw new NotUnderstood('the child stands in the id and in the option child', 'leave one of the two out')
  const resource = id && id.type === on.armType ? id : undefined
  if (!resource)
    throw new NotUnderstood(
      `'${sanitize(text)}' is not the id or name of a target of type ${type.type}`,
      `<name>, <group>/<name>, <subscription>/<group>/<name> or ${exampleOf(type)}`,
    )
  const found = targetOn(resource, type, child)
  if (found) return found
  throw new NotUnderstood(
    child === undefined
      ? `'${sanitize(text)}' names the resource only, and a ${type.type} is a child of it`
      : `'${sanitize(child)}' is not the name of a ${type.type}`,
    `child=${childNames(type)}`,
  )
}

function endpointIn(text: string, type: TargetType): TargetPlace {
  const found = targetAtEndpoint(decoded(text).trim(), type)
  if (found) return found
  throw new NotUnderstood(`'${sanitize(text)}' is not the endpoint of a ${type.type}`, `${type.type}:${exampleOf(type)}`)
}

export function identityIn(text: string, cluster: Loop<'cluster'>): string {
  return placeIn(text, cluster, (name) => `Microsoft.ManagedIdentity/userAssignedIdentities/${name}`, 'decoded')
}

function placeIn(text: string, cluster: Loop<'cluster'>, tail: (name: string) => string, already?: 'decoded'): string {
  const parts = text.split('/').map((part) => (already ? part : decoded(part)).trim())
  if (parts[0] === '' && parts.length > 1) return parts.join('/')
  const home = resourceId(cluster.id)
  const [name = '', group = home.group, subscription = home.subscription, ...more] = parts.reverse()
  return more.length > 0 ? '' : `/subscriptions/${subscription}/resourceGroups/${group}/providers/${tail(name)}`
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new NotUnderstood(`'${sanitize(text)}' has a percent sign that stands for nothing`, 'write a percent sign as %25')
  }
}
