// Paths of requests. Words are case-insensitive, as ARM's are, and segments are decoded once; a name with an encoded slash is refused.
import { parseResourceId } from '../../model/resource-id.ts'
import { badRequest } from './answers.ts'

/** @throws Refusal */
export const segmentsOf = (pathname: string): readonly string[] =>
  pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded)

/** The values of the parameters of `path`; `undefined`: these segments are another path. */
export function valuesIn(segments: readonly string[], path: string): Readonly<Record<string, string>> | undefined {
  const parts = path.slice(1).split('/')
  if (parts.length !== segments.length) return undefined
  const values: [string, string][] = []
  for (const [at, part] of parts.entries()) {
    const segment = segments[at] ?? ''
    if (part.startsWith('{')) values.push([part.slice(1, -1), segment])
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined
  }
  return Object.fromEntries(values)
}

const cluster = 'microsoft.containerservice/managedclusters'
export const served =
  '/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.ContainerService/managedClusters/<cluster>/providers/Microsoft.ServiceLinker/linkers/<name>'

/** The id of the cluster that the path begins with, spelled as the caller does. @throws Refusal */
export function clusterIn({ segments }: { readonly segments: readonly string[] }): string {
  const start = segments.findIndex((segment) => segment.toLowerCase() === 'subscriptions')
  return clusterOf(segments.slice(start, start + 8))
}

/** @throws Refusal */
export function clusterOf(segments: readonly string[]): string {
  const id = parseResourceId(`/${segments.join('/')}`)
  if (id?.type !== cluster) throw badRequest('InvalidResourceId', `Connections here begin at an AKS cluster. Write ${served}.`)
  return id.id
}

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
