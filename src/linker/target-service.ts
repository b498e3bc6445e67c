// The `targetService` of a linker: an ARM resource, or a server outside of Azure by its endpoint. Read into where the target is, and written back.
import type { AddIssue } from '../auth/wire.ts'
import type { ConnectionInput } from '../declare/connection-input.ts'
import { notOnAks } from '../declare/not-on-aks.ts'
import type { ConnectionSpec } from '../model/connection.ts'
import { type EndpointService, endpointOf, endpointServices } from '../model/endpoint-target.ts'
import { owner as ownerIn, parseResourceId, type ResourceId } from '../model/resource-id.ts'
import { exampleOf, targetAt, targetAtEndpoint, targetTypesOf } from '../model/target-place.ts'
import { type TargetType, targetTypeNamed } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Properties } from './body.ts'

type TargetService =
  | { readonly type: 'AzureResource'; readonly id: string; readonly resourceProperties?: object }
  | { readonly type: EndpointService; readonly endpoint: string }

export const targetServiceOf = ({ target, targetId }: ConnectionSpec, resourceProperties: object | undefined): TargetService => {
  // With its child, where it has one.
  const at = endpointOf(target) && endpointOf({ id: targetId })
  if (at) return { type: at.service, endpoint: at.endpoint }
  return { type: 'AzureResource', id: targetId, ...(resourceProperties ? { resourceProperties } : {}) }
}

type Found = Pick<ConnectionInput, 'type' | 'target'> | undefined

export function targetOf({ targetService, targetType }: Properties, types: readonly TargetType[], addIssue: AddIssue): Found {
  const name = targetService.type.toLowerCase()
  const service = endpointServices.find((one) => one.toLowerCase() === name)
  if (service) return ofEndpoint(service, targetService.endpoint ?? '', targetType ?? undefined, types, addIssue)
  if (name !== 'azureresource') refuse(targetService.type, types, addIssue)
  return ofResource(targetService.id ?? '', targetType ?? undefined, types, addIssue)
}

/** `asked`: the type, which some ids do not tell. */
function ofResource(text: string, asked: string | undefined, types: readonly TargetType[], addIssue: AddIssue): Found {
  const id = parseResourceId(text)
  const fitting = id ? targetTypesOf(id, types) : []
  const type = asked === undefined ? fitting[0] : targetTypeNamed(asked, fitting)
  if (fitting.length > 0 && (type === undefined || (asked === undefined && fitting.length > 1))) {
    const message = asked === undefined ? 'several types of target have such an id' : `'${sanitize(asked)}' is not a type of this resource`
    addIssue('targetType', message, fitting.map((one) => one.type).join(' or '))
    return undefined
  }
  const target = id && type && targetAt(id, type)
  if (type && target) return { type, target }
  const sold = id && types.find(({ on }) => 'endpoint' in on && on.soldAs !== undefined && ownerIn(id.id, on.soldAs) !== undefined)
  if (sold) addIssue('targetService.id', `the id of ${sold.displayName} does not tell where the server is`, byEndpoint(sold))
  else addIssue('targetService.id', `'${sanitize(text)}' is not the id of a resource that can be connected`, examplesFor(id, types))
  return undefined
}

/** How one whose id does not tell the server is written. */
const byEndpoint = (type: TargetType): string =>
  `targetService {"type":"${'endpoint' in type.on ? type.on.endpoint : ''}","endpoint":"${exampleOf(type)}"} and targetType ${type.type}`

/** Of the types on the same resource if there are any: a child is missing or misspelled then. Else the first words say which there are. */
function examplesFor(id: ResourceId | undefined, types: readonly TargetType[]): string {
  const inArm = types.filter(({ on }) => 'armType' in on)
  const near = inArm.filter(({ on }) => 'armType' in on && id !== undefined && ownerIn(id.id, on.armType) !== undefined)
  if (near.length > 0) return near.map((other) => `${exampleOf(other)} (${other.displayName})`).join(', or ')
  const [first] = inArm
  const names = inArm.map(({ displayName }) => displayName).join(', ')
  return `the id of one of these: ${names}${first ? `; for example ${exampleOf(first)}` : ''}. docs/targets/README.md has the form of each`
}

/** `asked`: the type, where several are known by such an endpoint. */
function ofEndpoint(
  service: EndpointService,
  endpoint: string,
  asked: string | undefined,
  types: readonly TargetType[],
  addIssue: AddIssue,
): Found {
  const fitting = types.filter(({ on }) => 'endpoint' in on && on.endpoint === service)
  const type = asked === undefined ? fitting[0] : targetTypeNamed(asked, fitting)
  if (fitting.length === 0) return refuse(service, types, addIssue)
  if (type === undefined || (asked === undefined && fitting.length > 1)) {
    const message = asked === undefined ? `several types of target are a ${service}` : `'${sanitize(asked)}' is not a type of such a server`
    addIssue('targetType', message, fitting.map((one) => one.type).join(' or '))
    return undefined
  }
  const target = targetAtEndpoint(endpoint, type)
  if (target) return { type, target }
  addIssue('targetService.endpoint', `'${sanitize(endpoint)}' is not the endpoint of a ${type.type}`, exampleOf(type))
  return undefined
}

function refuse(type: string, types: readonly TargetType[], addIssue: AddIssue): undefined {
  const known = new Set(types.map(({ on }) => ('armType' in on ? 'AzureResource' : on.endpoint)))
  const reason = notOnAks(type)
  const because = reason === undefined ? 'by this version' : `to a cluster (NotOnAks: ${reason})`
  addIssue('targetService.type', `'${sanitize(type)}' cannot be connected ${because}`, [...known].join(' or '))
}
