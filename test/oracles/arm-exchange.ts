// Holds recorded ARM traffic against Microsoft's resource types: what the app sends and what the simulated ARM answers.
import { type Direction, describeType, isDescribed, misfits, type ResourceDescription, type TypeRef } from './arm-types.ts'

export type ArmExchange = {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly requestBody: string
  readonly status: number
  readonly body: unknown
}

/** Type of the resource that a path names, and what of it: the resource, a list of them, or an action. */
type Address = { readonly type: string; readonly action?: string; readonly isList: boolean }

/** Types that stories meet and the data do not describe, with the reason. Their exchanges are not checked. */
const notDescribed: readonly { readonly type: RegExp; readonly reason: string }[] = [
  {
    type: /^microsoft\.(resources|resourcegraph|subscription)\//i,
    reason: "ARM's own requests (groups, tags, queries, subscriptions) are no resource types",
  },
  {
    type: /^microsoft\.authorization\/(permissions|roledefinitions|denyassignments|roleassignmentschedule\w+)/i,
    reason: 'Read-only, or requests instead of resources: templates cannot have them, so the package leaves them out',
  },
  {
    type: /^microsoft\.network\/(virtualnetworks|natgateways|loadbalancers|publicipprefixes|routetables|azurefirewalls)/i,
    reason: 'The app reads single properties of these; the data have the types that it writes or will write',
  },
  {
    type: /^microsoft\.(dbforpostgresql|dbformysql)\/servers\//i,
    reason: 'Retired single servers: the package has them no more',
  },
  {
    type: /^microsoft\.(dbformysql\/flexibleservers\/configurations|sql\/servers\/virtualnetworkrules)\//i,
    reason: 'The app reads one property of these, and writes none',
  },
]

/** Lines `METHOD type: path: reason`; empty = everything fits. */
export function armMisfits(exchange: ArmExchange): readonly string[] {
  const url = new URL(exchange.path, 'https://management.azure.com')
  const address = addressOf(url.pathname)
  if (!address || isExempt(address)) return []
  const version = url.searchParams.get('api-version') ?? ''
  const description = describeType(address.type, version)
  const about = `${exchange.method} ${address.type}${address.action ? `/${address.action}` : ''}@${version}`
  if (!description) return [`${about}: the data do not have this ${isDescribed(address.type) ? 'api-version' : 'type'}`]
  const checks = [...sent(exchange, address, description), ...answered(exchange, address, description)]
  return [...new Set(checks.map((line) => `${about}: ${line.replaceAll(/\[\d+\]/g, '[]')}`))]
}

/** What is behind the last type may be a list of a type that is not described. */
const isExempt = ({ type, action }: Address): boolean =>
  notDescribed.some((one) => one.type.test(`${type}/`) || (action !== undefined && one.type.test(`${type}/${action}/`)))

function sent({ method, requestBody }: ArmExchange, address: Address, { body, actions, types }: ResourceDescription): readonly string[] {
  if (requestBody === '' || (method !== 'PUT' && method !== 'PATCH' && method !== 'POST')) return []
  const type = method === 'POST' ? actionOf(actions, address.action)?.input : body
  if (type === undefined) return []
  const direction: Direction = method === 'PATCH' ? 'patch' : 'put'
  return misfits(type, JSON.parse(requestBody), types, direction).map((line) => `sent ${line}`)
}

function answered({ method, status, body }: ArmExchange, address: Address, { body: resource, actions, types }: ResourceDescription) {
  const json = parsed(body)
  if (status < 200 || status >= 300 || json === undefined || status === 202) return []
  const check = (type: TypeRef, value: unknown): readonly string[] =>
    misfits(type, value, types, 'answer').map((line) => `answered ${line}`)
  if (method === 'POST') {
    const output = actionOf(actions, address.action)?.output
    return output === undefined ? [] : check(output, json)
  }
  if (!address.isList) return check(resource, json)
  const list = (json as { value?: unknown }).value
  return Array.isArray(list) ? list.flatMap((one) => check(resource, one)) : ['answered a list without an array `value`']
}

function parsed(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString() : body
  if (text === undefined || text === '') return undefined
  return typeof text === 'string' ? JSON.parse(text) : text
}

function actionOf(actions: ResourceDescription['actions'], name: string | undefined) {
  return Object.entries(actions ?? {}).find(([action]) => action.toLowerCase() === name?.toLowerCase())?.[1]
}

/** `undefined`: the path names no resource of a provider, or one of a provider's locations (operations). */
function addressOf(path: string): Address | undefined {
  const tail =
    decodeURIComponent(path)
      .split(/\/providers\//i)
      .at(-1) ?? ''
  if (!/\/providers\//i.test(path)) return undefined
  const [namespace = '', ...segments] = tail.split('/').filter((part) => part !== '')
  // `…/providers/A.B/register` is the provider itself.
  if (segments.length === 0 || /^(register|locations|operations|operationresults)$/i.test(segments[0] ?? '')) return undefined
  if (segments.some((part, index) => index % 2 === 0 && /^operation(s|Statuses|Results)$/i.test(part))) return undefined
  const typeOf = (count: number): string => [namespace, ...segments.slice(0, count).filter((_, index) => index % 2 === 0)].join('/')
  if (segments.length % 2 === 0) return { type: typeOf(segments.length), isList: false }
  // An odd number of segments is a list, or a resource with an action behind it.
  const last = segments.at(-1) ?? ''
  if (segments.length > 1 && !isDescribed(typeOf(segments.length)))
    return { type: typeOf(segments.length - 1), action: last, isList: false }
  return { type: typeOf(segments.length), isList: true }
}
