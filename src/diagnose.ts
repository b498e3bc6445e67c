// What people inspect by hand when a connection does not work, read from Azure and the cluster in parallel.
import { extensionCheck } from './azure/extension-diagnosis.ts'
import { problemOf } from './errors/catalogue.ts'
import type { HandlerContext } from './functions/http/handler-context.ts'
import type { ClusterAccess } from './kubernetes/clusters.ts'
import type { DiagnosticCheck } from './model/diagnostic-check.ts'
import { appConfigurationProviderName, secretName, secretProviderClassName } from './model/names.ts'
import type { Arm } from './ports/azure.ts'
import type { Store } from './ports/store.ts'
import { transportTypeOf } from './transports/catalogue.ts'

export const diagnosing =
  (store: Store, arm: Arm, clusters: Pick<ClusterAccess, 'checks'>): HandlerContext['diagnose'] =>
  async (connection, account) => {
    const { cluster, namespace, name, key, identity } = connection
    const facts = (await store.read(cluster))?.view.facts
    const extension = transportTypeOf(connection).prerequisites.includes('install-extension')
    const secret = { kind: 'Secret', name: secretName(name), owner: key } as const
    const accounts = account && identity ? [{ kind: 'ServiceAccount', name: account, owner: identity.key } as const] : []
    const classes = connection.vaultObjects
      ? [{ kind: 'SecretProviderClass', name: secretProviderClassName(name), owner: key } as const]
      : []
    const providers = connection.kubernetesExtension
      ? [{ kind: 'AzureAppConfigurationProvider', name: appConfigurationProviderName(name), owner: key } as const]
      : []
    const subject = { cluster, namespace, extension, objects: [secret, ...accounts, ...classes, ...providers] }
    const [byAzure, inside] = await Promise.all([
      extension ? extensionCheck(arm, cluster.id).then((check) => [check]) : [],
      facts?.running === false ? problemOf({ code: 'ClusterStopped', about: { id: cluster.id } }) : clusters.checks(subject, facts?.fqdn),
    ])
    if (!('code' in inside)) return [...byAzure, ...inside]
    const text = 'It cannot be reached from here, so nothing in the cluster was checked.'
    return [...byAzure, { about: 'API server', state: 'unknown', text, problem: inside } satisfies DiagnosticCheck]
  }
