// What a request does, in words for people: the infinitive that texts of problems begin with.
import { parseExtensionId, parseResourceId } from '../model/resource-id.ts'

const verbs: Readonly<Record<string, string>> = { GET: 'read', PUT: 'write', PATCH: 'update', DELETE: 'delete' }
const nouns: Readonly<Record<string, string>> = {
  managedclusters: 'cluster',
  storageaccounts: 'storage account',
  fluxconfigurations: 'Flux configuration',
  configurationstores: 'App Configuration store',
  databaseaccounts: 'Cosmos DB account',
  flexibleservers: 'server',
  servers: 'server',
  virtualnetworkrules: 'virtual network rule',
  configurations: 'parameter',
  administrators: 'administrators',
  azureadonlyauthentications: 'sign-in setting',
  firewallrules: 'firewall rule',
  redis: 'Redis cache',
  redisenterprise: 'Redis cluster',
  databases: 'database',
  components: 'Application Insights component',
  namespaces: 'namespace',
  accounts: 'account',
  signalr: 'SignalR Service',
  webpubsub: 'Web PubSub service',
  networkrulesets: 'rule set',
  authorizationrules: 'rule',
  vaults: 'key vault',
  roleassignments: 'role assignment',
  publicipaddresses: 'public address',
  publicipprefixes: 'public address range',
  natgateways: 'NAT gateway',
  subnets: 'subnet',
  userassignedidentities: 'identity',
  identitybindings: 'identity binding',
  federatedidentitycredentials: 'federated credential',
}

export function doing(method: string, id: string, action?: string): string {
  const verb = action === undefined ? (verbs[method] ?? method.toLowerCase()) : `call ${action} of`
  const extension = parseExtensionId(id)
  if (extension) return `${verb} the ${noun(extension.type)} ${extension.name} of ${extension.on.name}`
  const resource = parseResourceId(id)
  if (resource) return `${verb} the ${noun(resource.type)} ${resource.name}`
  return `${verb} ${id}`
}

function noun(type: string): string {
  const last = type.slice(type.lastIndexOf('/') + 1)
  return nouns[last] ?? type
}
