// The simulated cloud, whole: a world, the services that share it, and the proxy that leads to them.

import type { Clock } from '../clock.ts'
import { groupCommit } from '../durable.ts'
import type { Fleet } from '../fleets/fleet.ts'
import { mayDo } from './access.ts'
import { createArm } from './arm/arm.ts'
import { startFluxAgents } from './arm/flux-agent.ts'
import type { Provider } from './arm/provider.ts'
import { providerRegistrations } from './arm/provider-registrations.ts'
import { isAllowed, storageAccount } from './arm/storage-accounts.ts'
import { type Authority, createAuthority, issue } from './certificates.ts'
import { makeContainers, makeQueue } from './containers.ts'
import { type CloudCall, createDispatcher, type Dispatcher } from './dispatcher.ts'
import { createEntra, type Entra } from './entra/entra.ts'
import { startManagedIdentityEndpoint } from './entra/managed-identity.ts'
import { type EventSubscription, startDelivering, subscribe } from './event-grid.ts'
import { letTopicSend, queueSender } from './event-grid-queue.ts'
import { createTopics } from './event-grid-topics.ts'
import { createFaults, type Faults } from './faults.ts'
import type { CloudRequest, CloudResponse, CloudService } from './http.ts'
import { createKeyVault } from './key-vault/key-vault.ts'
import { createKubernetes, type Kubernetes } from './kubernetes/kubernetes.ts'
import { type Latencies, setLatencies } from './latencies.ts'
import { createMysqlServers } from './mysql/mysql-server.ts'
import { createPostgresServers } from './postgres/postgres-server.ts'
import { providersOf } from './providers.ts'
import { startProxy } from './proxy.ts'
import { seed } from './seed.ts'
import type { App } from './seed-principals.ts'
import { createSqlServers } from './sql/sql-server.ts'
import type { AzuriteHandle } from './storage/azurite.ts'
import { createStorage } from './storage/gate.ts'
import { createWorld, type World, type WorldState } from './world.ts'

export type CloudOptions = {
  readonly clock: Clock
  readonly fleet: Fleet
  /** From an earlier life; the fleet is seeded without it only. */
  readonly state?: WorldState
  readonly port?: number
  readonly identityPort?: number
  readonly latencies?: Partial<Latencies>
  /** Without it there is no data plane of storage. */
  readonly azurite?: AzuriteHandle
  /** More resource providers than the cloud has by itself. */
  readonly providers?: readonly Provider[]
  /** Where the caller keeps `caPem`, for `NODE_EXTRA_CA_CERTS` in `environment`. */
  readonly caFile?: string
  /** Stores the state durably; the answer to a write waits for it. */
  readonly save?: (state: WorldState) => Promise<void>
}

export type Cloud = {
  readonly world: World
  readonly faults: Faults
  /** Requests, oldest first: of a long run the newest 100,000. */
  readonly calls: readonly CloudCall[]
  readonly onCall: Dispatcher['onCall']
  readonly onExchange: Dispatcher['onExchange']
  readonly caPem: string
  readonly app: App
  readonly entra: Entra
  readonly kubernetes: Kubernetes
  /** One more service behind the proxy, such as the app's own front. */
  serve(service: CloudService): void
  /** For `HTTPS_PROXY`: the user name says where the caller sits. */
  proxyUrl(location: string): string
  /** A webhook is asked first whether it wants events; a queue is made, with what its sender needs. */
  subscribeEvents(subscription: EventSubscription): Promise<void>
  /** What a process there needs in its environment; `functions` (the app) has its managed identity, too. */
  environment(location: string): Record<string, string>
  snapshot(): WorldState
  /** Resolves when `save` has stored what is there now; without `save`, at once. */
  saved(): Promise<void>
  close(): Promise<void>
}

export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const world = createWorld(options.clock, options.state)
  if (options.latencies) setLatencies(world, options.latencies)
  const authority = await ownAuthority(world)
  const faults = createFaults()
  const services: CloudService[] = []
  const { save } = options
  const saved = groupCommit(async () => save?.(world.snapshot()))
  const dispatcher = createDispatcher(world, services, faults, save && saved)

  const dispatch = async (request: CloudRequest): Promise<CloudResponse> => {
    const answer = await dispatcher.handle(request)
    if (answer === 'broken') throw new Error(`No answer from ${request.url.hostname}`)
    return answer
  }
  const entra = await createEntra(world, { dispatch })
  const kubernetes = await createKubernetes(world, { verify: entra.verify, mayDo })
  const providers = [...providersOf(kubernetes), ...(options.providers ?? [])]
  const arm = createArm(world, { verify: entra.verify, providers: [...providers, providerRegistrations(providers)] })
  startFluxAgents(world, { token: entra.token, dispatch, kubernetes })
  startDelivering(world, queueSender({ token: entra.token, dispatch }))
  const vault = createKeyVault(world, { verify: entra.verify, mayDo })
  const topics = createTopics(world, { verify: entra.verify, mayDo })
  services.push(arm, entra.service, kubernetes.issuers, kubernetes.service, kubernetes.tokenProxies(dispatch), vault, topics)
  if (!options.state)
    await seed(
      world,
      options.fleet,
      kubernetes,
      providers.flatMap(({ fleetTypes = [] }) => fleetTypes),
    )
  const storage = options.azurite && storageOf(world, options.azurite, entra)
  if (storage) services.push(storage.service)
  if (!options.state) await storage?.deploy((service) => makeContainers(world, options.fleet, service))
  const app = world.table<App>('settings').get('app')
  if (!app) throw new Error('The state is not one of a simulated cloud: the app is missing')

  const certificates = new Map<string, ReturnType<typeof issue>>()
  const proxy = await startProxy({
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    owns: (hostname) => dispatcher.serviceOf(hostname) !== undefined,
    certificate: (hostname) => dispatcher.serviceOf(hostname)?.certificate?.(hostname) ?? ownCertificate(hostname),
    handle: dispatcher.handle,
    tunnels: [createSqlServers, createMysqlServers, createPostgresServers].map((create) =>
      create(world, { verify: entra.verify, saved: async () => (save ? saved() : undefined) }),
    ),
  })
  const ownCertificate = (hostname: string): ReturnType<typeof issue> => {
    const certificate = certificates.get(hostname) ?? issue(authority, [hostname])
    certificates.set(hostname, certificate)
    return certificate
  }
  const identity = await startManagedIdentityEndpoint({
    world,
    entra,
    clock: options.clock,
    principal: { oid: app.principalId },
    faults: (request) => faults.answerFor('identity', request, app.principalId),
    ...(options.identityPort === undefined ? {} : { port: options.identityPort }),
  })
  const proxyUrl = (location: string): string => `http://${encodeURIComponent(location)}@127.0.0.1:${proxy.port}`

  return {
    world,
    faults,
    calls: dispatcher.calls,
    onCall: dispatcher.onCall,
    onExchange: dispatcher.onExchange,
    caPem: authority.pem,
    app,
    entra,
    kubernetes,
    serve: (service) => void services.push(service),
    proxyUrl,
    async subscribeEvents(subscription) {
      if ('queue' in subscription) {
        await storage?.deploy((service) => makeQueue(world, subscription.queue, service))
        letTopicSend(world, subscription.queue)
      }
      await subscribe(world, subscription)
    },
    environment: (location) => ({
      HTTPS_PROXY: proxyUrl(location),
      NO_PROXY: '127.0.0.1,localhost',
      ...(options.caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: options.caFile }),
      ...(location === 'functions' ? { ...identity.environment(), AZURE_CLIENT_ID: app.clientId } : {}),
    }),
    snapshot: world.snapshot,
    saved,
    async close() {
      world.close()
      await Promise.all([identity.close(), proxy.close()])
    },
  }
}

async function ownAuthority(world: World): Promise<Authority> {
  const table = world.table<Authority>('authorities')
  const authority = table.get('proxy') ?? (await createAuthority('Simulated cloud of AKS Service Connector'))
  table.set('proxy', authority)
  return authority
}

type Storage = { readonly service: CloudService; deploy(what: (service: CloudService) => Promise<void>): Promise<void> }

/** While something is deployed, no firewall is in its way, and the key of an account is good. */
function storageOf(world: World, azurite: AzuriteHandle, entra: Entra): Storage {
  let deploying = false
  const { service } = createStorage(world, {
    verify: entra.verify,
    mayDo,
    isAllowed: (...asked) => deploying || isAllowed(...asked),
    account(_world, name) {
      const found = storageAccount(world, name)
      const allowSharedKeyAccess = deploying || found?.allowSharedKeyAccess === true
      return found && { ...found, keys: found.keys.map(({ value }) => value), allowSharedKeyAccess }
    },
    azurite,
  })
  return {
    service,
    async deploy(what) {
      deploying = true
      try {
        await what(service)
      } finally {
        deploying = false
      }
    },
  }
}
