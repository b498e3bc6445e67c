// The only place that builds clients, once for each instance of the app. It holds no rules.
import type { TokenCredential } from '@azure/core-auth'
import { azureAgent } from './azure/agent.ts'
import { createArm } from './azure/arm.ts'
import { createBlobs } from './azure/blobs.ts'
import { type AzureClientOptions, tableOptions } from './azure/client-options.ts'
import { createClusterCredentials } from './azure/clusters.ts'
import { appCredential } from './azure/credential.ts'
import { createEventSender } from './azure/event-sender.ts'
import { createGraph } from './azure/graph.ts'
import { createIdentities } from './azure/identities.ts'
import { createIdentityFinder } from './azure/identity-finder.ts'
import { ownIdentityIds, ownPrincipal } from './azure/own-principal.ts'
import { createProbe } from './azure/probe.ts'
import { createRateLimiter } from './azure/rate-limit.ts'
import { createRunCommand } from './azure/run-command.ts'
import { TableClient } from './azure/sdk.ts'
import { sweptAzure } from './azure/swept-azure.ts'
import { createVault } from './azure/vault.ts'
import type { Config } from './config.ts'
import { isAllowedNow } from './contract/consent.ts'
import type { Modes } from './contract/digest.ts'
import { createDatabases } from './databases/databases.ts'
import { isSystemNamespace } from './declare/consent.ts'
import { diagnosing } from './diagnose.ts'
import type { LoopPorts } from './engine/register.ts'
import { pause } from './errors/contention.ts'
import { callerLimits } from './functions/http/caller-limits.ts'
import type { HandlerContext } from './functions/http/handler-context.ts'
import { durableHub } from './functions/hub.ts'
import { statusFrom, statusIn } from './functions/linkers/connection-status.ts'
import { secretStorage } from './functions/linkers/secret-storage.ts'
import { createClusterAccess } from './kubernetes/clusters.ts'
import { sweptByCommand } from './kubernetes/kubectl/swept.ts'
import { commandTransports } from './kubernetes/kubectl/transport.ts'
import type { Loop } from './model/loop.ts'
import { placeReadBy, typesOfferedBy } from './offered.ts'
import { silent } from './ports/observer.ts'
import { preflighting } from './preflight/preflight.ts'
import { reachWith } from './reach.ts'
import { namedGrants } from './steps/identity/grants/named-grants.ts'
import { stepNamesOf } from './steps/program.ts'
import { openProvenance } from './store/provenance.ts'
import { registryOf, registryToRead } from './store/registry.ts'
import { tableShape } from './store/shapes.ts'
import { openStore } from './store/store.ts'
import { openTable } from './store/table.ts'
import { toldStore } from './store/told.ts'
import { targets } from './targets/catalogue.ts'
import { createTelemetry } from './telemetry/observer.ts'

export type App = { readonly loop: LoopPorts; readonly services: HandlerContext }

/** The product's clock. */
const now = (): number => Date.now()

/** How the app signs in to anything. */
export const signIn = (config: Config): TokenCredential =>
  appCredential({
    ...(config.managedIdentity ? { IDENTITY_ENDPOINT: config.managedIdentity } : {}),
    ...(config.clientId ? { AZURE_CLIENT_ID: config.clientId } : {}),
  })

/** `hasTelemetry`: traces or metrics are exported. */
export function compose(config: Config, hasTelemetry: boolean): App {
  const telemetry = hasTelemetry ? createTelemetry(now) : undefined
  const observer = telemetry?.observer ?? silent
  const rateLimiter = createRateLimiter(now)
  const azure: AzureClientOptions = {
    credential: signIn(config),
    agent: azureAgent(config.proxy),
    timeoutMs: config.requestTimeoutMs,
    rateLimiter,
    ...(config.authority ? { authority: config.authority } : {}),
    ...(telemetry ? { onCall: telemetry.azureCall } : {}),
  }
  const tables = `https://${config.storageAccount}.table.core.windows.net`
  const table = openTable(new TableClient(tables, config.table, azure.credential, tableOptions(azure, tableShape)))
  const store = openStore(table, config.installation, now, () => ownIdentityIds(azure.credential, config.clientId))
  const provenance = openProvenance(table)
  const arm = createArm(azure)
  const identities = createIdentities(azure)
  // Reads for callers have a share of the budget of their own.
  const forCallers: AzureClientOptions = { ...azure, rateLimiter: rateLimiter.forCallers }
  const callersArm = createArm(forCallers)
  const graph = createGraph(azure, config.installation.name)
  const vault = createVault(azure)
  const probe = createProbe(azure)
  const databases = createDatabases(azure.credential, config.proxy)
  const ownIds = (): Promise<readonly string[]> => ownIdentityIds(azure.credential, config.clientId)
  const steps = stepNamesOf(config.installation)
  const clusters = createClusterAccess({
    kubeconfig: createClusterCredentials(azure),
    credential: azure.credential,
    installation: config.installation.name,
    proxy: config.proxy,
    now,
    ...(telemetry ? { onCall: telemetry.kubernetesCall } : {}),
  })
  const runCommand = createRunCommand(azure, arm, pause)
  const byCommand = commandTransports(runCommand, config.installation.name)
  const { fluxAccount } = config.installation
  const flux = fluxAccount === undefined ? undefined : { account: fluxAccount, blobs: createBlobs(azure, fluxAccount) }
  const blobs = flux ? { blobs: flux.blobs } : {}
  const reachBy = reachWith(clusters, byCommand, flux, config.installation.name, now)
  const telling = { store, steps, now }
  const callersGraph = createGraph(forCallers, config.installation.name)
  const isServed = async (loop: Loop): Promise<boolean> => ((await store.read(loop))?.members.length ?? 0) > 0
  const modes: Modes = (step) => (config.reportSteps.has(step) ? 'report' : 'apply')

  return {
    loop: {
      attempt: (wake) => ({
        store,
        modes,
        ports: (snapshot) => ({
          arm,
          identities,
          kubernetes: reachBy(arm),
          vault,
          ...blobs,
          databases,
          ownIds,
          isListed: graph.isListed,
          namesakes: graph.namesakes,
          isServed,
          probe,
          provenance,
          registry: registryOf(store, wake, snapshot, (one) => isAllowedNow(one, snapshot.view)),
          status: statusIn(snapshot, telling),
          now,
        }),
      }),
      advance: (wake) => ({ store, wake, modes, auditEveryMs: config.auditEveryMs, now }),
      observer,
    },
    services: {
      store,
      hub: durableHub,
      installation: config.installation,
      ...(config.keyVault ? { vault: secretStorage(config.keyVault, config.installation.name, vault) } : {}),
      ...(config.events ? { announcing: { send: createEventSender(azure, config.events), told: toldStore(table) } } : {}),
      targets,
      steps,
      now,
      audiences: config.audiences,
      ...(config.publicUrl ? { publicUrl: config.publicUrl } : {}),
      keyOverlapMs: config.keyOverlapMs,
      pollSeconds: 5,
      ...(config.clientId ? { ownClientId: config.clientId } : {}),
      resolveIdentity: createIdentityFinder(azure),
      typesOffered: typesOfferedBy(callersArm),
      observer,
      discover: graph.inventory,
      placeOf: placeReadBy(callersArm),
      diagnose: diagnosing(store, callersArm, clusters),
      limits: callerLimits(now),
      preflight: preflighting({
        store,
        ports: {
          arm: callersArm,
          identities: createIdentities(forCallers),
          kubernetes: reachBy(callersArm),
          vault,
          ...blobs,
          databases,
          ownIds,
          probe,
          provenance,
          isListed: callersGraph.isListed,
          namesakes: callersGraph.namesakes,
          isServed,
          registry: registryToRead(store),
          status: statusFrom(telling),
          now,
        },
        modes,
        installation: config.installation,
        clusters,
        principal: () => ownPrincipal(azure.credential),
      }),
      sweeping: {
        open: clusters.swept,
        openByCommand: sweptByCommand(runCommand, config.installation.name),
        azure: sweptAzure({ graph, identities, arm, provenance, grants: namedGrants({ arm, databases, ownIds }) }),
        arm,
        installation: config.installation.name,
        settings: config.sweep,
        isSystem: isSystemNamespace,
        goneAfterMs: config.installation.goneAfterMs,
        now,
      },
    },
  }
}
