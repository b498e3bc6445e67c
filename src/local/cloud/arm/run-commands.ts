// `managedClusters/runCommand` and `commandResults`: AKS starts a pod in the cluster that runs a shell command, and keeps what it printed.
// https://learn.microsoft.com/azure/aks/access-private-cluster, https://learn.microsoft.com/rest/api/aks/managed-clusters/run-command
//
// With Entra integration a token for AKS is demanded, and kubectl acts as its owner; without, kubectl has the certificate of a cluster administrator. The
// pod has a minute to start. What AKS answers where the feature is switched off is not documented: that refusal is a guess.
import { strFromU8, unzipSync } from 'fflate'
import { kubectl } from '../command/kubectl.ts'
import { runShell } from '../command/shell.ts'
import type { CloudResponse } from '../http.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { needRunning } from './cluster-lock.ts'
import { type ArmError, refuse, refuseFlat } from './errors.ts'
import type { Cluster } from './managed-cluster.ts'
import { type Call, objectOf, type Route, textOf } from './provider.ts'

/** `as`: a bearer token, or the certificate of the administrator. */
export type ClusterAsk = (
  cluster: string,
  as: string | 'administrator',
  request: { readonly method: string; readonly path: string; readonly body?: string | undefined; readonly type?: string | undefined },
) => Promise<CloudResponse>

type Row = {
  readonly id: string
  readonly cluster: string
  readonly startedAt: number
  readonly asked?: { readonly command: string; readonly context: string; readonly token?: string }
  readonly ended?:
    | { readonly at: number; readonly exit: number; readonly logs: string }
    | { readonly at: number; readonly notStarted: true }
}

/** Documented: the output is limited to 512 kB, and the pod has 60 seconds. */
const mostOutput = 512 * 1024
const patience = 60_000
const rows = (world: World): Map<string, Row> => world.table<Row>('cluster-commands')

export function startCommands(world: World, ask: ClusterAsk): void {
  world.on<{ type: 'cluster-command-end'; id: string }>('cluster-command-end', ({ id }) => finish(world, ask, id))
}

export const commandRoutes = (path: string, ask: ClusterAsk, clusterOf: (call: Call) => Cluster): readonly Route[] => [
  {
    method: 'POST',
    path: `${path}/runCommand`,
    action: 'Microsoft.ContainerService/managedClusters/runcommand/action',
    quiet: true,
    handle: (call) => begin(call, ask, clusterOf(call)),
  },
  { method: 'GET', path: `${path}/commandResults/{command}`, handle: (call) => result(call, clusterOf(call)) },
]

async function begin(call: Call, ask: ClusterAsk, cluster: Cluster): Promise<CloudResponse> {
  const { world, body } = call
  const command = textOf(body['command']) ?? ''
  const token = textOf(body['clusterToken'])
  if (command === '') throw refuseFlat(400, 'InvalidParameter', 'Required parameter command is missing (null).')
  if (objectOf(cluster.properties['apiServerAccessProfile'])['disableRunCommand'] === true)
    throw refuseFlat(400, 'RunCommandDisabled', `Run command is disabled on managed cluster ${cluster.name}.`)
  if (cluster.properties['aadProfile'] && !token)
    throw refuseFlat(400, 'MissingAADClusterToken', 'This cluster have Azure Active Directory enabled, .clusterToken is required.')
  needRunning(cluster, 'run command')
  const id = world.uuid().replaceAll('-', '')
  const asked = { command, context: textOf(body['context']) ?? '', ...(cluster.properties['aadProfile'] && token ? { token } : {}) }
  rows(world).set(id, { id, cluster: cluster.id, startedAt: world.clock.now(), asked })
  const takes = Math.min(latencies(world).command, patience)
  if (takes === 0) await finish(world, ask, id)
  else world.later(takes, { type: 'cluster-command-end', id })
  const version = call.url.searchParams.get('api-version')
  const location = `https://management.azure.com${call.path.replace(/runCommand$/i, '')}commandResults/${id}?api-version=${version}`
  return { status: 202, headers: { location } }
}

async function finish(world: World, ask: ClusterAsk, id: string): Promise<void> {
  const row = rows(world).get(id)
  if (!row?.asked) return
  const { asked, ...rest } = row
  const at = world.clock.now()
  const end = (ended: NonNullable<Row['ended']>): void => void rows(world).set(id, { ...rest, ended })
  if (latencies(world).command > patience) return end({ at, notStarted: true })
  const files = filesIn(asked.context)
  const as = asked.token ?? 'administrator'
  const program = kubectl((method, path, body, type) => ask(row.cluster, as, { method, path, body, type }), files)
  const { exit, printed } = await runShell(asked.command, files, { kubectl: program })
  end({ at, exit, logs: printed.slice(0, mostOutput) })
}

/** What is no archive has no files. */
function filesIn(context: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(unzipSync(Buffer.from(context, 'base64'))).map(([name, bytes]) => [name, strFromU8(bytes)]))
  } catch {
    return new Map()
  }
}

function result(call: Call, cluster: Cluster): CloudResponse {
  const row = rows(call.world).get(call.parameters['command'] ?? '')
  const now = call.world.clock.now()
  if (!row || row.cluster !== cluster.id || (row.ended && now > row.ended.at + latencies(call.world).operationRetention))
    throw refuse(404, 'NotFound', `The command result '${call.parameters['command']}' was not found.`)
  const { ended } = row
  if (!ended) return { status: 202, headers: { location: call.url.href } }
  if ('notStarted' in ended) throw notStarted(row.id)
  const properties = {
    provisioningState: 'Succeeded',
    exitCode: ended.exit,
    startedAt: new Date(row.startedAt).toISOString(),
    finishedAt: new Date(ended.at).toISOString(),
    logs: ended.logs,
  }
  return { status: 200, body: { id: row.id, properties } }
}

const notStarted = (id: string): ArmError =>
  refuseFlat(
    400,
    'KubernetesPerformanceError',
    `Failed to run command due to cluster perf issue, container command-${id} in aks-command namespace did not start within 60s on your cluster, retry may helps. If issue persist, you may need to tune your cluster with better performance (larger node/paid tier).`,
  )
