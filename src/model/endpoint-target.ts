// Targets outside of Azure, without an ARM id: a server that is known by its endpoint only. The loop is named after it. Nothing of such a target can be
// read, opened or granted through ARM.
import { type Loop, loop } from './loop.ts'

/** As Azure Service Connector names them: https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update#targetservicetype */
export const endpointServices = ['ConfluentBootstrapServer', 'ConfluentSchemaRegistry', 'SelfHostedServer'] as const
export type EndpointService = (typeof endpointServices)[number]

/** `endpoint`: as its author wrote it. */
export type EndpointTarget = { readonly service: EndpointService; readonly endpoint: string }

/** Only a pattern of a policy that begins with this word matches endpoints. */
export const endpointPrefix = 'endpoints'

const form = /^(?:https:\/\/)?([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::\d{1,5})?$/i

/** A host, with a port or behind `https://`. `undefined`: it is none. */
export const endpointTarget = (service: EndpointService, endpoint: string): EndpointTarget | undefined =>
  form.test(endpoint) ? { service, endpoint } : undefined

const idOf = ({ service, endpoint }: EndpointTarget): string => `/${endpointPrefix}/${service}/${endpoint}`

export const endpointLoop = (target: EndpointTarget): Loop<'target'> => loop('target', idOf(target))

/** `undefined`: the target is an ARM resource. */
export function endpointOf({ id }: Pick<Loop, 'id'>): EndpointTarget | undefined {
  const service = endpointServices.find((one) => id.startsWith(`/${endpointPrefix}/${one}/`))
  return service && { service, endpoint: id.slice(`/${endpointPrefix}/${service}/`.length) }
}

/** How policy patterns see it, in place of `subscription/group/name`: by its host. */
export const shortEndpoint = ({ service, endpoint }: EndpointTarget): string =>
  `${endpointPrefix}/${service}/${form.exec(endpoint)?.[1]?.toLowerCase() ?? ''}`
