// The shapes of Azure Resource Manager's answers, by request: the minimum that every answer of the kind has. A provider may leave out nearly anything
// below `properties`, so the steps check that themselves.
import { isFilled, isObject, type Shape } from '../errors/answer.ts'
import { ownUrl } from './paths.ts'

const lastOf = (id: string): string => (id.split('/').at(-1) ?? '').toLowerCase()
/** Of a provider in a subscription, which is not a resource and has no properties. */
const isRegistration = (id: string): boolean => /^\/subscriptions\/[^/]+\/providers\/[^/]+(\/register)?$/i.test(id)

/** The requested resource, and no other. Providers spell ids in their own way, so the name is what counts. */
export const resource =
  (id: string): Shape =>
  (answer) => {
    if (isRegistration(id)) return isFilled(answer['registrationState']) ? undefined : 'it does not say whether the provider is registered'
    if (!isFilled(answer['id'])) return 'it is not a resource: it has no id'
    if (lastOf(answer['id']) !== lastOf(decodeURIComponent(id))) return 'it is another resource'
    return isObject(answer['properties']) ? undefined : 'it is not a resource: it has no properties'
  }

const rowOf = (path: string): Shape =>
  /\/providers\/Microsoft\.Authorization\/permissions$/i.test(path)
    ? ({ actions }) => (Array.isArray(actions) ? undefined : 'a row of its list names no actions')
    : ({ id, properties }) => (isFilled(id) && isObject(properties) ? undefined : 'an entry of its list is not a resource')

/** One page; the next one is on the same host, because the app's token goes to no other. */
export const listOf =
  (path: string, endpoint: string): Shape =>
  ({ value, nextLink }) => {
    if (!Array.isArray(value)) return 'it has no list of values'
    const row = rowOf(path)
    const wrong = value
      .map((one) => (isObject(one) ? row(one) : 'an entry of its list is not a resource'))
      .find((words) => words !== undefined)
    if (wrong !== undefined) return wrong
    if (nextLink === undefined || nextLink === null || nextLink === '') return undefined
    return typeof nextLink === 'string' && ownUrl(endpoint, nextLink) ? undefined : 'the next page of the list is on another host'
  }

/** An answer to a poll has a status, or is the resource itself once it is done. */
export const polled: Shape = ({ status, id, properties }) =>
  isFilled(status) || isFilled(id) || isObject(properties) ? undefined : 'it says nothing of the operation'

/** What the SDK clients request. They read a body without the expected fields as if those were empty. */
export function sdkShape(method: string, path: string): Shape {
  if (/\/providers\/Microsoft\.ResourceGraph\/resources$/i.test(path))
    return ({ data }) => (Array.isArray(data) ? undefined : 'it has no list of rows')
  if (/\/listClusterUserCredential$/i.test(path)) return kubeconfigs
  if (/\/userAssignedIdentities\/[^/]+$/i.test(path)) return (answer) => resource(path)(answer) ?? identity(answer)
  return method === 'GET' || method === 'PUT' ? resource(path) : () => undefined
}

const kubeconfigs: Shape = ({ kubeconfigs: all }) =>
  Array.isArray(all) && all.length > 0 && all.every((one) => isObject(one) && isFilled(one['value'])) ? undefined : 'it holds no kubeconfig'

const identity: Shape = ({ properties }) =>
  isObject(properties) && ['clientId', 'principalId', 'tenantId'].every((name) => isFilled(properties[name]))
    ? undefined
    : 'the identity does not say who it is'
