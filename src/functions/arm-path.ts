// ARM paths as this app serves them. Segments are case-insensitive and decoded once; a name with an encoded slash is refused.
import { parseResourceId } from '../model/resource-id.ts'
import { badRequest, notFound } from './answers.ts'

export type ArmPath =
  | { readonly what: 'linkers'; readonly cluster: string }
  | { readonly what: 'preflight'; readonly cluster: string }
  | { readonly what: 'linker'; readonly cluster: string; readonly name: string }
  | { readonly what: 'action'; readonly cluster: string; readonly name: string; readonly action: string }
  | { readonly what: 'operation'; readonly kind: 'status' | 'result'; readonly id: string }
  /** Parts of Azure Service Connector that this version leaves out. */
  | { readonly what: 'left-out'; readonly part: string }

const cluster = 'microsoft.containerservice/managedclusters'

/** @throws Refusal that says which paths exist. */
export function parseArmPath(pathname: string): ArmPath {
  const segments = pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded)
  const words = segments.map((segment) => segment.toLowerCase())
  const at = words.lastIndexOf('microsoft.servicelinker')
  if (at < 3 || words[at - 1] !== 'providers') throw notFound(`There is nothing at ${pathname}. This app serves ${served}.`)
  const [collection = '', name = '', action = '', ...more] = segments.slice(at + 1)
  if (words[0] === 'subscriptions' && at === 3) return operation(words, collection, segments, pathname)
  const source = parseResourceId(`/${segments.slice(0, at - 1).join('/')}`)
  if (source?.type !== cluster) throw badRequest('InvalidResourceId', `Connections here begin at an AKS cluster. Write ${served}.`)
  const part = collection.toLowerCase()
  if (part === 'dryruns' || part === 'daprconfigurations') return { what: 'left-out', part: collection }
  if (part === 'preflight' && name === '') return { what: 'preflight', cluster: source.id }
  if (part !== 'linkers' || more.length > 0) throw notFound(`There is nothing at ${pathname}. This app serves ${served}.`)
  if (name === '') return { what: 'linkers', cluster: source.id }
  if (action === '') return { what: 'linker', cluster: source.id, name }
  return { what: 'action', cluster: source.id, name, action: action.toLowerCase() }
}

function operation(words: readonly string[], collection: string, segments: readonly string[], pathname: string): ArmPath {
  const kinds = { operationstatuses: 'status', operationresults: 'result' } as const
  const kind = Object.entries(kinds).find(([word]) => word === words[6])?.[1]
  if (collection.toLowerCase() !== 'locations' || kind === undefined || segments.length !== 8)
    throw notFound(`There is nothing at ${pathname}. This app serves ${served}.`)
  return { what: 'operation', kind, id: segments[7] ?? '' }
}

const served =
  '/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.ContainerService/managedClusters/<cluster>/providers/Microsoft.ServiceLinker/linkers/<name>'

function decoded(segment: string): string {
  let text: string
  try {
    text = decodeURIComponent(segment)
  } catch {
    throw badRequest('InvalidResourceId', 'The path has a percent sign that stands for nothing. Write a percent sign as %25.')
  }
  // With HTTP streaming, the Functions host passes `%2F` on as `%252F`, so it is still there after decoding.
  if (/\/|%2f/i.test(text)) throw badRequest('InvalidResourceId', 'The path hides a slash in a name. Names have no slashes.')
  return text
}
