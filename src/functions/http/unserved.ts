// Why nothing is served at a path: what the app serves instead.
import { notFound, type Refusal, refusalOf } from './answers.ts'
import { clusterOf, served } from './path.ts'

export function unservedByArm(pathname: string, segments: readonly string[]): Refusal {
  const words = segments.map((segment) => segment.toLowerCase())
  const at = words.lastIndexOf('microsoft.servicelinker')
  const nothing = notFound(`There is nothing at ${pathname}. This app serves ${served}.`)
  // Operations are below the subscription itself.
  if (at < 3 || words[at - 1] !== 'providers' || (words[0] === 'subscriptions' && at === 3)) return nothing
  const notCluster = refusalOf(() => clusterOf(segments.slice(0, at - 1)))
  if (notCluster) return notCluster
  const [, , action = '', ...more] = segments.slice(at + 1)
  if (words[at + 1] !== 'linkers' || action === '' || more.length > 0) return nothing
  return notFound(
    'There is no such action. A connection has the actions validateLinker, listConfigurations, generateConfigurations, rotate and reconcile (POST), and manifest, export, local-env, history and diagnosis (GET).',
  )
}

export function unservedBelowClusters(pathname: string, segments: readonly string[]): Refusal {
  const [, ...id] = segments.slice(0, -1)
  if (segments.at(-1)?.toLowerCase() === 'preflight' && id.length > 0)
    return unservedByArm(pathname, [...id, 'providers', 'Microsoft.ServiceLinker', 'preflight'])
  return notFound('There is nothing here. This app serves /clusters/<id of a cluster>/preflight.')
}
