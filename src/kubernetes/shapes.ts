// The shapes of an API server's answers: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris. An object has its kind and name,
// a list its list kind, a refusal is a Status. A gateway in between has none of these, and the client would read its page as an object without
// fields.
import { isFilled, isObject, type Json, type Shape } from '../errors/answer.ts'
import { kindOfPlural, kubernetesKinds } from '../model/kubernetes-kind.ts'

/** `undefined`: no JSON is expected, such as for a log. */
export function kubernetesShape(method: string, pathname: string): Shape | undefined {
  if (/^\/apis\/?$/.test(pathname)) return groupList
  if (/^\/(api|apis\/[^/]+)\/[^/]+\/?$/.test(pathname)) return resourceList
  const { namespace, resource, name, below } = parsed(pathname)
  if (below === 'log') return undefined
  if (method === 'POST') return ({ kind }) => (isFilled(kind) ? undefined : 'it does not say its kind')
  if (name === undefined) return list
  const object = objectOf(resource, name, namespace)
  // An object without finalizers is gone at once, and the answer is a Status.
  return method === 'DELETE'
    ? (answer) => (answer['kind'] === 'Status' && answer['status'] === 'Success' ? undefined : object(answer))
    : object
}

function parsed(pathname: string): Readonly<Record<'namespace' | 'resource' | 'name' | 'below', string | undefined>> {
  const [, , , ...parts] = decodeURIComponent(pathname)
    .replace(/^\/apis\/[^/]+/, '/api')
    .split('/')
  const isInNamespace = parts[0] === kubernetesKinds.Namespace.plural && parts.length > 2
  const [resource, name, below] = isInNamespace ? parts.slice(2) : parts
  return { namespace: isInNamespace ? parts[1] : undefined, resource, name, below }
}

const objectOf =
  (resource: string | undefined, name: string, namespace: string | undefined): Shape =>
  ({ kind, metadata }) => {
    if (kind !== 'PartialObjectMetadata' && kind !== kindOfPlural(resource)) return `it is no ${kindOfPlural(resource) ?? 'object'}`
    const meta: Json = isObject(metadata) ? metadata : {}
    if (meta['name'] !== name || (namespace !== undefined && meta['namespace'] !== namespace)) return 'it is another object'
    return isFilled(meta['uid']) && isFilled(meta['resourceVersion']) ? undefined : 'the object has no version'
  }

/** For metadata only, an empty list has `null` items. */
const list: Shape = ({ kind, items }) => {
  if (!isFilled(kind) || !kind.endsWith('List')) return 'it is not a list'
  if (items === null) return undefined
  return Array.isArray(items) && items.every((item) => isObject(item) && isObject(item['metadata'])) ? undefined : 'it has no list of items'
}

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api */
const groupList: Shape = ({ kind, groups }) =>
  kind === 'APIGroupList' && Array.isArray(groups) && groups.every((group) => isObject(group) && isFilled(group['name']))
    ? undefined
    : 'it is not the list of groups'

const resourceList: Shape = ({ kind, resources }) =>
  kind === 'APIResourceList' && Array.isArray(resources) && resources.every((one) => isObject(one) && isFilled(one['name']))
    ? undefined
    : 'it is not the list of resources'
