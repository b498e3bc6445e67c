// Which cluster a command is about, and the paths of its connections.
import { ownVersion } from '../linker/versions.ts'
import { linkerId } from '../model/connection.ts'
import { parseResourceId } from '../model/resource-id.ts'
import type { Session } from './command.ts'
import { usage } from './exit.ts'

const type = 'Microsoft.ContainerService/managedClusters'

/** The id of the cluster. `undefined`: none is named. @throws CommandError */
export function givenCluster({ given, terminal }: Pick<Session, 'given' | 'terminal'>): string | undefined {
  const text = given.text('cluster') ?? terminal.env['SC_CLUSTER']
  if (!text) return undefined
  const [subscription, group, name, ...more] = text.split('/')
  const isShort = Boolean(subscription && group && name) && more.length === 0
  const id = parseResourceId(isShort ? `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}` : text)
  if (id?.type === type.toLowerCase()) return id.id
  throw usage(`'${text}' names no cluster. Write its id (az aks show --query id), or <subscription id>/<resource group>/<name>.`)
}

/** @throws CommandError */
export function clusterOf(session: Pick<Session, 'given' | 'terminal'>): string {
  const cluster = givenCluster(session)
  if (cluster === undefined) throw usage('Which cluster? Write --cluster, or set SC_CLUSTER.')
  return cluster
}

/** Below a connection: `''`, `/validateLinker`. */
export const linkerPath = (cluster: string, name: string, below = ''): string =>
  `${linkerId(cluster, encodeURIComponent(name))}${below}?api-version=${ownVersion}`
