// The extension agent inside a simulated cluster: Helm release, `sc-system`, and the job `sc-job` that applies what a connection handed over in
// the extension's protected settings (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks).
//
// Seen in real clusters: the namespace, the names, and that the job is deleted when it succeeded. Guesses, the stricter where there was a
// choice: values of a Secret come in base64, a missing namespace fails the job, `delete` deletes what it names and forgives what is not there.
import { type FieldsV1, timestamp } from '../kubernetes/object.ts'
import { type Store, storeOf } from '../kubernetes/store.ts'
import { logsOf } from '../kubernetes/workloads.ts'
import type { World } from '../world.ts'
import { keyOf } from './ids.ts'
import { findCluster } from './managed-cluster.ts'
import { objectOf, textOf } from './provider.ts'

/** What can be wrong in the cluster or on its way out, until it is taken away. */
export type Trouble = 'agent-silent' | 'egress-blocked' | 'image-refused' | 'helm-timeout' | 'resource-exists'
const troubles = (world: World): Map<string, Trouble> => world.table<Trouble>('extension-troubles')

export function troubleExtension(world: World, cluster: string, trouble: Trouble | undefined): void {
  if (trouble) troubles(world).set(keyOf(cluster), trouble)
  else troubles(world).delete(keyOf(cluster))
}

const releaseNamespace = 'sc-system'
/** The field manager of what the job writes: a guess. */
const operator = 'sc-operator'
const image = 'mcr.microsoft.com/service-connector/prod/image/sc-operator:20251203.5'
const notPulled =
  'Failed to pull image "scaksextension.azurecr.io/prod/image/sc-operator:20251013.1": failed to authorize: failed to fetch anonymous token: 401 Unauthorized'

/** The words that the extension's operation fails with. `undefined` = nothing is in the way. */
function inTheWay(world: World, cluster: string): string | undefined {
  const pools = findCluster(world, cluster)?.properties['agentPoolProfiles']
  const taints = (Array.isArray(pools) ? pools : []).map((pool) => objectOf(pool)['nodeTaints'])
  const isTainted = (of: unknown): boolean => Array.isArray(of) && of.some((taint) => String(taint).startsWith('CriticalAddonsOnly='))
  if (taints.length > 0 && taints.every(isTainted)) return 'Unable to get a response from the agent in time'
  switch (troubles(world).get(keyOf(cluster))) {
    case 'agent-silent':
      return " error: Unable to get the status from the local CRD with the error : {Error : Retry for given duration didn't get any results with err {status not populated}}"
    case 'egress-blocked':
      return 'Unable to download the Helm chart from the repo URL'
    case 'image-refused':
      return 'Timed out waiting for the resource to come to a ready/completed state.'
    case 'helm-timeout':
      return 'Timed out waiting for resource readiness'
    case 'resource-exists':
      return 'Resource already exists in your cluster'
    default:
      return undefined
  }
}

/** Namespace, ServiceAccount and Helm's own Secret, in the state that the release has now. */
export function release(
  world: World,
  cluster: string,
  revision: number,
  status: 'pending-install' | 'pending-upgrade' | 'deployed' | 'failed',
): void {
  const [store, put] = objectsOf(world, cluster)
  if (!store.get('namespaces', '', releaseNamespace)) put('Namespace', 'namespaces', '', releaseNamespace, { status: { phase: 'Active' } })
  put('ServiceAccount', 'serviceaccounts', releaseNamespace, 'serviceconnector-serviceaccount')
  put(
    'Secret',
    'secrets',
    releaseNamespace,
    `sh.helm.release.v1.sc-extension.v${revision}`,
    { type: 'helm.sh/release.v1', data: {} },
    {
      labels: { name: 'sc-extension', owner: 'helm', status, version: String(revision) },
    },
  )
  if (revision > 1) {
    const before = store.get('secrets', releaseNamespace, `sh.helm.release.v1.sc-extension.v${revision - 1}`)
    if (before) store.delete('secrets', before)
  }
}

/** The job: it waits until a node or its image is ready, or runs. */
export function startJob(world: World, cluster: string): void {
  const [, put] = objectsOf(world, cluster)
  const trouble = troubles(world).get(keyOf(cluster))
  const waiting = trouble === 'image-refused' ? { reason: 'ImagePullBackOff', message: notPulled } : { reason: 'ContainerCreating' }
  const spec = { containers: [{ name: 'sc-operator', image }] }
  put('Job', 'jobs', releaseNamespace, 'sc-job', {
    spec: { template: { spec } },
    status: { active: 1, startTime: timestamp(world.clock.now()) },
  })
  put(
    'Pod',
    'pods',
    releaseNamespace,
    'sc-job-x7k2p',
    { spec, status: { phase: 'Pending', containerStatuses: [{ name: 'sc-operator', state: { waiting } }] } },
    { labels: { 'job-name': 'sc-job', 'batch.kubernetes.io/job-name': 'sc-job' } },
  )
}

/** Ends the job: deleted when it succeeded, kept with its log when not. Answers why it failed. */
export function endJob(world: World, cluster: string, settings: Readonly<Record<string, string>>): string | undefined {
  const [store, put] = objectsOf(world, cluster)
  const refused = inTheWay(world, cluster)
  if (refused) return refused
  const pod = `${releaseNamespace}/sc-job-x7k2p`
  const failed = settings['resources'] === undefined ? undefined : carryOut(world, cluster, settings)
  if (failed === undefined) {
    for (const [resource, name] of [
      ['jobs', 'sc-job'],
      ['pods', 'sc-job-x7k2p'],
    ] as const) {
      const object = store.get(resource, releaseNamespace, name)
      if (object) store.delete(resource, object)
    }
    logsOf(world, keyOf(cluster)).delete(pod)
    return undefined
  }
  const lines = [`operation ${settings['operation']} of ${settings['connection']} (${settings['correlationid']})`, `ERROR ${failed}`]
  logsOf(world, keyOf(cluster)).set(pod, lines)
  const condition = {
    type: 'Failed',
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  }
  put('Job', 'jobs', releaseNamespace, 'sc-job', { status: { failed: 1, conditions: [condition] } })
  put('Pod', 'pods', releaseNamespace, 'sc-job-x7k2p', { status: { phase: 'Failed' } }, { labels: { 'job-name': 'sc-job' } })
  return `job failed: BackoffLimitExceeded`
}

/** The extension's own objects go with it. What its jobs applied stays, as on Azure. */
export function uninstall(world: World, cluster: string): void {
  const [store] = objectsOf(world, cluster)
  for (const resource of ['jobs', 'pods', 'secrets', 'serviceaccounts'])
    for (const object of store.list(resource, releaseNamespace) ?? []) store.delete(resource, object)
  const namespace = store.get('namespaces', '', releaseNamespace)
  if (namespace) store.delete('namespaces', namespace)
}

/** Why not, in the words of the job's log. */
function carryOut(world: World, cluster: string, { resources = '', operation }: Readonly<Record<string, string>>): string | undefined {
  const [store, put] = objectsOf(world, cluster)
  let wanted: Readonly<Record<string, unknown>>
  try {
    wanted = objectOf(JSON.parse(Buffer.from(resources, 'base64').toString()))
  } catch {
    return 'resources is no base64 of JSON'
  }
  const parts = [
    ['Secret', 'secrets', objectOf(wanted['secret'])] as const,
    ['ServiceAccount', 'serviceaccounts', objectOf(wanted['serviceAccount'])] as const,
  ]
  for (const [kind, resource, part] of parts) {
    const [name, namespace] = [textOf(part['name']), textOf(part['namespace'])]
    if (!name || !namespace) continue
    const there = store.get(resource, namespace, name)
    if (operation === 'delete') {
      if (there) store.delete(resource, there)
      continue
    }
    if (!store.get('namespaces', '', namespace)) return `namespaces "${namespace}" not found`
    if (kind === 'Secret') put(kind, resource, namespace, name, { type: 'Opaque', data: objectOf(part['data']) })
    else put(kind, resource, namespace, name, {}, { annotations: objectOf(part['annotations']) as Record<string, string> })
  }
  return undefined
}

/** A connection of Azure Service Connector, which goes through the same job. Answers why it failed. */
export function handOver(world: World, cluster: string, resources: object): string | undefined {
  if (!storeOf(world, keyOf(cluster)).get('namespaces', '', releaseNamespace)) return 'The extension sc-extension is not installed'
  return carryOut(world, cluster, { operation: 'create', resources: Buffer.from(JSON.stringify(resources)).toString('base64') })
}

type Put = (kind: string, resource: string, namespace: string, name: string, fields?: object, metadata?: object) => void

function objectsOf(world: World, cluster: string): readonly [Store, Put] {
  const store = storeOf(world, keyOf(cluster))
  const put: Put = (kind, resource, namespace, name, fields = {}, metadata = {}) => {
    const before = store.get(resource, namespace, name)
    const apiVersion = kind === 'Job' ? 'batch/v1' : 'v1'
    const time = timestamp(world.clock.now())
    const others = (before?.metadata.managedFields ?? []).filter((row) => row.manager !== operator)
    const own = {
      manager: operator,
      operation: 'Update',
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: fieldsOf(fields, metadata),
    } as const
    store.put(resource, {
      ...before,
      kind,
      apiVersion,
      metadata: {
        creationTimestamp: time,
        uid: world.uuid(),
        ...before?.metadata,
        ...metadata,
        name,
        ...(namespace === '' ? {} : { namespace }),
        managedFields: [...others, own],
      },
      ...fields,
    })
  }
  return [store, put]
}

/** As an API server notes who wrote what: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
function fieldsOf(fields: object, metadata: object): FieldsV1 {
  const named = (value: unknown): FieldsV1 => Object.fromEntries(Object.keys(objectOf(value)).map((key) => [`f:${key}`, {}]))
  const { data } = fields as { readonly data?: unknown }
  const { annotations } = metadata as { readonly annotations?: unknown }
  return {
    ...(data === undefined ? {} : { 'f:data': named(data) }),
    ...(annotations === undefined ? {} : { 'f:metadata': { 'f:annotations': named(annotations) } }),
  }
}
