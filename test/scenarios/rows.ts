// The table of docs/cli.md that says what each command of `az aks connection` is here, and the place in which its lines are run. `made` has the connections
// of its rows, as a body says them, and what is there once they are made: `sc` alone and the SDK alone are held to the same (every-row.test.ts).
import { readFileSync } from 'node:fs'
import { idOf } from '../../src/local/fleets/fleet.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { secretData } from './footprint.ts'
import { idOfTarget, liveResources } from './live-targets.ts'
import { idOfAccount, idOfCluster, type Scenario } from './scenario.ts'
import type { StoryOptions } from './story.ts'

export const cluster = idOfCluster('shop-aks')

/** By the command of the Azure CLI: the lines of `sc`, as a shell splits them. In the order of the page, which numbers them. */
export const rows: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  [...readFileSync('docs/cli.md', 'utf8').matchAll(/^\| \d+ \| (.+?) \| (.+?) \| .+ \|$/gm)].map(([, azure = '', sc = '']) => [
    azure.replaceAll('`', ''),
    [...sc.matchAll(/`sc ([^`]+)`/g)].map(([, line = '']) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b]) => a ?? b ?? '')),
  ]),
)

const fail = (type: string): never => {
  throw new Error(`There is no ${type}`)
}
const vault = idOfTarget(targetOf('keyvault') ?? fail('key vault'))
const place = { group: 'shop', region: 'northeurope' }
/** Enabled already, so that no row waits for an update of the cluster. */
const addon = { azureKeyvaultSecretsProvider: { enabled: true } }

/** What the lines of the page name. */
export const options: StoryOptions = {
  fleet: {
    clusters: [{ name: 'shop-aks', group: 'shop', region: 'westeurope', namespaces: ['web'], properties: { addonProfiles: addon } }],
    storageAccounts: ['stphotos', 'starchive'].map((name) => ({ ...place, name, network: 'rules', containers: ['photos'] })),
    resources: liveResources.filter(({ id }) => id === vault),
  },
}

const on = (id: string, resourceProperties?: object) => ({
  targetService: { type: 'AzureResource', id, ...(resourceProperties ? { resourceProperties } : {}) },
})
const photos = on(`${idOfAccount('stphotos')}/blobServices/default`)
const pods = { authType: 'userAssignedIdentity' } as const
const principal = { clientId: idOf('client batch'), principalId: idOf('principal batch'), secret: 'secret-of-batch' }
const connectionString = 'AZURE_STORAGEBLOB_CONNECTIONSTRING'

type Made = {
  readonly name: string
  /** `properties` of a linker. */
  readonly body: object
  /** Has fields that Azure's client for JavaScript does not know, because its version of the API is older: it would leave them out. */
  readonly isNewer?: true
  /** Keys that the Secret has. */
  readonly keys: readonly string[]
  /** Of the lines of the footprint. */
  readonly holds?: (changes: readonly string[]) => boolean
}

/** The rows that make a connection, by the command of the Azure CLI. */
export const made: Readonly<Record<string, Made>> = {
  'create storage-blob --workload-identity': {
    name: 'photos',
    body: { ...photos, authInfo: pods, scope: 'web' },
    keys: ['AZURE_STORAGEBLOB_CLIENTID', 'AZURE_STORAGEBLOB_RESOURCEENDPOINT'],
    holds: (changes) => changes.some((line) => /^credential .* system:serviceaccount:web:sc-account-/.test(line)),
  },
  'create storage-blob --secret': { name: 'uploads', body: { ...photos, authInfo: { authType: 'secret' } }, keys: [connectionString] },
  'create … --service-principal': {
    name: 'reports',
    body: { ...photos, authInfo: { authType: 'servicePrincipalSecret', ...principal } },
    keys: ['AZURE_STORAGEBLOB_CLIENTSECRET', 'AZURE_STORAGEBLOB_TENANTID'],
    holds: (changes) => changes.some((line) => line.endsWith(` of ${principal.principalId} on stphotos`)),
  },
  'create keyvault --enable-csi': {
    name: 'keys',
    body: { ...on(vault, { type: 'KeyVault', connectAsKubernetesCsiDriver: true }), authInfo: pods },
    keys: ['AZURE_KEYVAULT_CLIENTID', 'AZURE_KEYVAULT_RESOURCEENDPOINT'],
    holds: (changes) => changes.some((line) => /^role 4633458b-17de-408a-b874-0445c86b69e6 of .* on shopkeys$/.test(line)),
  },
  'create … --customized-keys': {
    name: 'drafts',
    isNewer: true,
    body: { ...photos, authInfo: { authType: 'secret' }, configurationInfo: { customizedKeys: { [connectionString]: 'DRAFTS' } } },
    keys: ['DRAFTS'],
  },
  'create … --opt-out publicnetwork (the firewall)': {
    name: 'archive',
    isNewer: true,
    body: {
      ...on(`${idOfAccount('starchive')}/blobServices/default`),
      ...{ authInfo: pods, publicNetworkSolution: { action: 'optOut' } },
    },
    keys: ['AZURE_STORAGEBLOB_CLIENTID'],
    holds: (changes) => !changes.some((line) => line.startsWith('firewall starchive')),
  },
  'create … --opt-out auth (the role)': {
    name: 'vault',
    isNewer: true,
    body: { ...on(vault), authInfo: { ...pods, authMode: 'optOutAllAuth' } },
    keys: ['AZURE_KEYVAULT_CLIENTID'],
    // The add-on's alone, of another row.
    holds: (changes) => new Set(changes.flatMap((line) => /^role \S+ of (\S+) on shopkeys$/.exec(line)?.[1] ?? [])).size === 1,
  },
  'another role: portal and API only': {
    name: 'thumbs',
    isNewer: true,
    body: { ...photos, authInfo: { ...pods, roles: ['Storage Blob Data Reader'] } },
    keys: ['AZURE_STORAGEBLOB_CLIENTID'],
    holds: (changes) => changes.some((line) => /^role 2a2b9908-6ea1-4ae2-8e65-a410df84e7d1 of .* on stphotos$/.test(line)),
  },
}

export const secretOf = (story: Scenario, name: string) => secretData(story.cloud.world, cluster, `sc-${name}-secret`)
export const bodyOf = (name: string): object => Object.values(made).find((one) => one.name === name)?.body ?? fail(name)
