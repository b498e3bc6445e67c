// Flux inside a simulated cluster: source-controller fetches at its interval, kustomize-controller applies what it fetched with force, prunes what is no
// longer in it, and undoes what others changed. Azure hears of it later (`latencies.fluxReport`). A stopped cluster does nothing of it.
// https://fluxcd.io/flux/components/kustomize/kustomizations/
import { parseAllDocuments } from 'yaml'
import { kinds } from '../kubernetes/kinds.ts'
import type { Kubernetes } from '../kubernetes/kubernetes.ts'
import { timestamp } from '../kubernetes/object.ts'
import { latencies } from '../latencies.ts'
import type { Json, World } from '../world.ts'
import { type FluxConfiguration, type FluxStatus, findFlux, namespaceOf, type Seen, storeFlux } from './flux-configuration.ts'
import { startFlux } from './flux-configurations.ts'
import { fetchSource, type SourceParts } from './flux-source.ts'
import { findCluster, isStopped } from './managed-cluster.ts'
import { type Body, objectOf, textOf } from './provider.ts'

type Parts = SourceParts & { readonly kubernetes: Pick<Kubernetes, 'askAs'> }
type Sync = { readonly type: 'flux-sync'; readonly id: string; readonly generation: number }
/** As it was when it was sent. */
type Report = { readonly type: 'flux-report'; readonly id: string; readonly seen: Seen & Json }

export function startFluxAgents(world: World, parts: Parts): void {
  world.on<Sync>('flux-sync', async ({ id, generation }) => {
    const row = findFlux(world, id)
    if (!row || row.generation !== generation) return
    const seconds = Number(objectOf(row.properties['azureBlob'])['syncIntervalInSeconds'])
    world.later(seconds * 1000, { type: 'flux-sync', id, generation } satisfies Sync)
    if (row.properties['suspend'] !== true) await sync(world, parts, row)
  })
  world.on<Report>('flux-report', ({ id, seen }) => {
    const row = findFlux(world, id)
    const cluster = row && findCluster(world, row.cluster)
    if (!row || !cluster || isStopped(cluster)) return
    const { statuses, revision, sourceUpdatedAt } = seen as Seen
    const isWell = statuses.every(({ complianceState }) => complianceState === 'Compliant')
    const told = {
      statuses,
      complianceState: isWell ? 'Compliant' : 'Non-Compliant',
      statusUpdatedAt: new Date(world.clock.now()).toISOString(),
      ...(revision === undefined ? {} : { sourceSyncedCommitId: revision }),
      ...(sourceUpdatedAt === undefined ? {} : { sourceUpdatedAt: new Date(sourceUpdatedAt).toISOString() }),
    }
    storeFlux(world, { ...row, properties: { ...row.properties, ...told } })
  })
  startFlux(
    world,
    (row) => pruned(world, parts, row),
    ({ id, generation }) => world.later(0, { type: 'flux-sync', id, generation } satisfies Sync),
  )
}

async function sync(world: World, parts: Parts, row: FluxConfiguration): Promise<void> {
  const cluster = findCluster(world, row.cluster)
  if (!cluster || isStopped(cluster)) return
  const fetched = await fetchSource(world, parts, cluster, row)
  const artifact = 'failed' in fetched ? row.artifact : fetched
  const [name = '', kustomization] = Object.entries(objectOf(row.properties['kustomizations']))[0] ?? []
  const applied = artifact && (await apply(parts, row, artifact.files, objectOf(kustomization)['prune'] === true))
  const now = findFlux(world, row.id)
  // It may have been changed or deleted meanwhile.
  if (!now || now.generation !== row.generation) return
  const condition = (message: string, ok: boolean, reason: string): Body => ({
    type: 'Ready',
    status: ok ? 'True' : 'False',
    reason,
    message,
    lastTransitionTime: timestamp(world.clock.now()),
  })
  const status = (kind: FluxStatus['kind'], of: string, ok: boolean, statusCondition: Body): FluxStatus => ({
    name: of,
    namespace: namespaceOf(row),
    kind,
    complianceState: ok ? 'Compliant' : 'Non-Compliant',
    statusConditions: [statusCondition],
  })
  const bucket =
    'failed' in fetched
      ? condition(fetched.failed, false, 'BucketOperationFailed')
      : condition(`stored artifact: revision '${fetched.revision}'`, true, 'Succeeded')
  const failed =
    artifact === undefined ? 'Source artifact not found, retrying in 30s' : applied && 'failed' in applied ? applied.failed : undefined
  const ready =
    failed === undefined
      ? condition(`Applied revision: ${artifact?.revision}`, true, 'ReconciliationSucceeded')
      : condition(failed, false, artifact ? 'ReconciliationFailed' : 'ArtifactFailed')
  const sourceUpdatedAt = artifact?.revision === row.artifact?.revision ? now.seen.sourceUpdatedAt : world.clock.now()
  const seen: Seen = {
    statuses: [
      status('Bucket', row.name, !('failed' in fetched), bucket),
      status('Kustomization', `${row.name}-${name}`, failed === undefined, ready),
    ],
    ...(artifact ? { revision: artifact.revision } : {}),
    ...(sourceUpdatedAt === undefined ? {} : { sourceUpdatedAt }),
  }
  const inventory = applied && 'inventory' in applied ? applied.inventory : now.inventory
  storeFlux(world, { ...now, ...(artifact ? { artifact } : {}), inventory, seen })
  world.later(latencies(world).fluxReport, { type: 'flux-report', id: row.id, seen: seen as Seen & Json } satisfies Report)
}

type Applied = { readonly inventory: readonly string[] } | { readonly failed: string }

/** Nothing is pruned before everything is applied. */
async function apply(
  { kubernetes }: Parts,
  row: FluxConfiguration,
  files: Readonly<Record<string, string>>,
  prune: boolean,
): Promise<Applied> {
  const namespace = namespaceOf(row)
  const ask: Ask = (method, path, body, type) => kubernetes.askAs(row.cluster, 'administrator', { method, path, body, type })
  // The agent of Azure makes the namespace of a configuration.
  await ask('POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }))
  const manifests = Object.entries(files).flatMap(([file, text]) =>
    /\.ya?ml$/.test(file) ? parseAllDocuments(text).map((document) => objectOf(document.toJS())) : [],
  )
  if (manifests.length === 0) return { failed: 'kustomize build failed: kustomization.yaml is empty' }
  const inventory: string[] = []
  for (const manifest of manifests) {
    const metadata = objectOf(manifest['metadata'])
    const what = `${manifest['kind']}/${metadata['namespace'] ?? namespace}/${metadata['name']}`
    const path = pathOf(manifest, namespace)
    if (!path) return { failed: `${what} dry-run failed: no matches for kind "${manifest['kind']}" in version "${manifest['apiVersion']}"` }
    if (row.properties['scope'] === 'namespace' && !path.includes(`/namespaces/${namespace}/`))
      return { failed: `${what} dry-run failed (Forbidden): User "system:serviceaccount:${namespace}:flux-applier" cannot patch it` }
    const labels = {
      ...objectOf(metadata['labels']),
      'kustomize.toolkit.fluxcd.io/name': row.name,
      'kustomize.toolkit.fluxcd.io/namespace': namespace,
    }
    const body = JSON.stringify({ ...manifest, metadata: { namespace, ...metadata, labels } })
    const answer = await ask('PATCH', `${path}?fieldManager=kustomize-controller&force=true`, body, 'application/apply-patch+yaml')
    if (answer.status >= 300) return { failed: `${what} dry-run failed: ${messageOf(answer.body)}` }
    inventory.push(path)
  }
  if (prune) for (const path of row.inventory) if (!inventory.includes(path)) await pruneOne(ask, path)
  return { inventory }
}

type Ask = (method: string, path: string, body?: string, type?: string) => ReturnType<Kubernetes['askAs']>

/** Unless its annotation says that it stays. */
async function pruneOne(ask: Ask, path: string): Promise<void> {
  const { status, body } = await ask('GET', path)
  if (status !== 200) return
  const annotations = objectOf(objectOf(objectOf(parsed(body))['metadata'])['annotations'])
  if (annotations['kustomize.toolkit.fluxcd.io/prune'] !== 'disabled') await ask('DELETE', path)
}

/** The finalizer of the Kustomization. */
async function pruned(world: World, { kubernetes }: Parts, row: FluxConfiguration): Promise<boolean> {
  const cluster = findCluster(world, row.cluster)
  if (!cluster || isStopped(cluster)) return false
  for (const path of row.inventory)
    await pruneOne((method, at, body, type) => kubernetes.askAs(row.cluster, 'administrator', { method, path: at, body, type }), path)
  return true
}

function pathOf(manifest: Body, namespace: string): string | undefined {
  const { apiVersion, kind, metadata } = manifest
  const known = kinds.find((one) => one.kind === kind)
  const name = textOf(objectOf(metadata)['name'])
  if (!known || !name) return undefined
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const place = known.namespaced ? `/namespaces/${textOf(objectOf(metadata)['namespace']) ?? namespace}` : ''
  return `${base}${place}/${known.resource}/${name}`
}

const messageOf = (body: unknown): string => String(objectOf(parsed(body))['message'] ?? 'refused')
function parsed(body: unknown): unknown {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return body
  try {
    return JSON.parse(String(body))
  } catch {
    return undefined
  }
}
