// A whole story: simulated cloud, embedded host with the built app, front and events in one process, in virtual time.
// It knows nothing of a test runner, so that the bench tells stories as well.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProxyAgent, request } from 'undici'
import { VirtualClock } from '../../src/local/clock.ts'
import { principals } from '../../src/local/cloud/entra/directory.ts'
import { tenant } from '../../src/local/cloud/entra/entra.ts'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { type FleetInput, fleet, subscription } from '../../src/local/fleets/fleet.ts'
import { type Local, type LocalOptions, startLocal } from '../../src/local/local.ts'
import { runPod, tokenAudience } from '../../src/local/workload/pod.ts'
import { allowAll } from '../model/allow-all.ts'
import { watchArm } from '../oracles/arm-oracle.ts'
import { footprint, secretData } from './footprint.ts'

export const minute = 60_000
export const apiVersion = '2024-04-01'

export const idOfCluster = (name: string, group = 'shop'): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`
export const idOfAccount = (name: string, group = 'shop'): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}`

export type Scenario = Omit<Local, 'close'> & {
  readonly clock: VirtualClock
  /** What the app logged as an error. After a story it must be empty, or emptied by the story that expected it. */
  readonly errors: string[]
  /** Lets time pass until the condition holds; fails with the connections' timelines where it does not. */
  until(what: string, condition: () => boolean | Promise<boolean>, within?: number): Promise<void>
  /** A request to the simulated ARM, as a person of the fleet with the rights of an owner. */
  arm(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>
  /** Sets and removes (`undefined`) tags through the Tags API, as a person would. */
  tag(resourceId: string, tags: Readonly<Record<string, string | undefined>>): Promise<void>
  /** The sample workload as a pod of the cluster, with a connection's Secret and ServiceAccount. */
  pod(
    name: string,
    options?: {
      readonly cluster?: string
      readonly namespace?: string
      readonly location?: string
      /** Another workload than the sample. */
      readonly command?: readonly string[]
    },
  ): Promise<{ readonly exitCode: number; readonly output: string }>
  /** What is there outside and was not when the story began; with `-` what is gone. */
  changes(): readonly string[]
  removeLinker(name: string, cluster?: string): ReturnType<Local['call']>
  /** Lets time pass until GET answers 404. */
  vanishes(name: string, within?: number): Promise<void>
  putPolicy(name?: string, allow?: Record<string, unknown>): Promise<void>
  putLinker(name: string, properties?: Record<string, unknown>, cluster?: string): ReturnType<Local['call']>
  linker(name: string, cluster?: string): Promise<Linker>
  /** Lets time pass until GET says so. */
  reaches(name: string, state: string, within?: number): Promise<Linker>
}

export type StoryOptions = Partial<Omit<LocalOptions, 'fleet' | 'azurite'>> & {
  readonly fleet?: Partial<FleetInput>
  /** Every line that host and app log. */
  readonly watch?: (line: { readonly level: string; readonly source: string; readonly message: string }) => void
}

/** How often the app has read a storage account. */
export const readsOfAccount = ({ cloud }: Scenario, name = 'orders'): number =>
  cloud.calls.filter(
    ({ service, method, path, principal }) =>
      service === 'arm' && method === 'GET' && principal === cloud.app.principalId && path.startsWith(`${idOfAccount(name)}?`),
  ).length

/**
 * `close` ends it and tells what the app logged as errors, which rules of strict mode it broke, and which ARM bodies do not fit Microsoft's types: in a
 * healthy story nothing.
 */
export type Story = Scenario & { close(): Promise<readonly string[]> }

type Linker = {
  readonly status: number
  readonly state: string | undefined
  readonly properties: Record<string, unknown>
  readonly body: unknown
}

export async function startStory(azurite: AzuriteHandle, options: StoryOptions = {}): Promise<Story> {
  await using started = new AsyncDisposableStack()
  const clock = new VirtualClock()
  started.defer(clock.install())
  const errors: string[] = []
  const local = await startLocal({
    azurite,
    clock,
    ...options,
    host: {
      ...options.host,
      log(line) {
        const { level, source, message } = line
        options.watch?.(line)
        if (level === 'error' || level === 'critical') errors.push(`${source}: ${message}`)
      },
    },
    fleet: fleet(options.fleet),
    settings: { CONNECTOR_TABLE: `t${createHash('sha256').update(`${Math.random()}`).digest('hex').slice(0, 16)}`, ...options.settings },
  })
  started.defer(() => local.close())
  const misfits = watchArm(local.cloud)
  const folder = await mkdtemp(join(tmpdir(), 'story-'))
  started.defer(() => rm(folder, { recursive: true }))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, local.cloud.caPem)
  const before = footprint(local.cloud.world)
  const dispatcher = new ProxyAgent({ uri: local.cloud.proxyUrl('internet'), requestTls: { ca: local.cloud.caPem } })
  const owner = [...principals(local.cloud.world).values()].find((row) => row.name === 'ada')
  if (!owner) throw new Error('The fleet has no ada')
  const arm: Scenario['arm'] = async (method, path, body) => {
    const answer = await request(`https://management.azure.com${path}`, {
      dispatcher,
      method: method as 'GET',
      headers: {
        authorization: `Bearer ${await local.cloud.entra.token(owner, 'https://management.azure.com')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 400 && answer.statusCode !== 409)
      throw new Error(`${method} ${path} was refused: ${answer.statusCode} ${text}`)
    return { status: answer.statusCode, body: text === '' ? undefined : JSON.parse(text) }
  }
  const path = (name: string, cluster: string): string =>
    `${idOfCluster(cluster)}/providers/Microsoft.ServiceLinker/linkers/${name}?api-version=${apiVersion}`
  const linker = async (name: string, cluster = 'c1'): Promise<Linker> => {
    const { status, body } = await local.call('ada', 'GET', path(name, cluster))
    const properties = (body as { properties?: Record<string, unknown> } | undefined)?.properties ?? {}
    return { status, state: properties.provisioningState as string | undefined, properties, body }
  }
  const until: Scenario['until'] = async (what, condition, within = 60 * minute) => {
    try {
      await clock.until(what, condition, within)
    } catch (error) {
      const instances = (await (await fetch(`${local.host.url}/runtime/webhooks/durabletask/instances`)).json()) as object[]
      throw new Error(`${String(error)}\n${instances.map((instance) => JSON.stringify(instance)).join('\n')}`)
    }
  }
  const running = started.move()
  return {
    ...local,
    async close() {
      await running.disposeAsync()
      return [...errors, ...local.host.violations, ...misfits]
    },
    clock,
    errors,
    arm,
    async tag(resourceId, tags) {
      const url = `${resourceId}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`
      const given = Object.entries(tags)
      const set = Object.fromEntries(given.filter(([, value]) => value !== undefined))
      const present = ((await arm('GET', url)).body as { properties: { tags: Record<string, string> } }).properties.tags
      const removed = Object.fromEntries(given.filter(([, value]) => value === undefined).map(([key]) => [key, present[key] ?? '']))
      for (const [operation, part] of [
        ['Merge', set],
        ['Delete', removed],
      ] as const) {
        if (Object.keys(part).length === 0) continue
        let answer = await arm('PATCH', url, { operation, properties: { tags: part } })
        for (let tries = 0; answer.status === 409 && tries < 10; tries++) {
          await clock.pass(minute) // a cluster being updated takes no tags
          answer = await arm('PATCH', url, { operation, properties: { tags: part } })
        }
        if (answer.status >= 300) throw new Error(`The tags were refused: ${answer.status} ${JSON.stringify(answer.body)}`)
      }
    },
    async pod(name, { cluster = 'c1', namespace = 'orders', location = `aks-${cluster}`, command } = {}) {
      const secret = secretData(local.cloud.world, idOfCluster(cluster), `sc-${name}-secret`)
      // A service principal signs in with its secret, not as a ServiceAccount.
      const ending = (end: string) => Object.entries(secret).find(([key]) => key.endsWith(end))?.[1]
      const clientId = ending('_CLIENTSECRET') ? undefined : ending('_CLIENTID')
      const account = `sc-account-${clientId}`
      const serviceAccount = clientId && {
        token: await local.cloud.kubernetes.serviceAccountToken(
          idOfCluster(cluster).toLowerCase(),
          namespace,
          account,
          tokenAudience,
          3600,
        ),
        clientId,
        tenantId: tenant,
      }
      return await runPod({
        secret,
        ...(serviceAccount ? { serviceAccount } : {}),
        proxyUrl: local.cloud.proxyUrl(location),
        location,
        caFile,
        clock,
        ...(command ? { command } : {}),
      })
    },
    changes() {
      const now = footprint(local.cloud.world)
      return [...now.filter((line) => !before.includes(line)), ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`)]
    },
    removeLinker: (name, cluster = 'c1') => local.call('ada', 'DELETE', path(name, cluster)),
    vanishes: (name, within) => until(`${name} to be gone`, async () => (await linker(name)).status === 404, within),
    until,
    linker,
    async putPolicy(name = 'all', allow = {}) {
      const answer = await local.call('ada', 'PUT', `/policies/${name}`, { allow: { ...allowAll, ...allow } })
      if (answer.status >= 300) throw new Error(`The policy was refused: ${answer.status} ${JSON.stringify(answer.body)}`)
    },
    putLinker: (name, properties = {}, cluster = 'c1') =>
      local.call('ada', 'PUT', path(name, cluster), {
        properties: {
          targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
          authInfo: { authType: 'secret' },
          clientType: 'none',
          scope: 'orders',
          ...properties,
        },
      }),
    async reaches(name, state, within) {
      await until(`${name} to be ${state}`, async () => (await linker(name)).state === state, within)
      return await linker(name)
    },
  }
}
