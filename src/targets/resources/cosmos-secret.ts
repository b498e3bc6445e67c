// What the Secrets of all five APIs of Cosmos DB share. Azure Service Connector's own way for an identity is to ask ARM for a key with the pod's token:
// hence the URL and the scope, and the role on the account.
import { azureRole, type CosmosRoleKind, cosmosRole, type Grants } from '../../model/grant.ts'
import { resourceId } from '../../model/resource-id.ts'
import { managementHost } from '../management-host.ts'
import { type Expression, endpoint, identity, required, servicePrincipal } from '../secret-table.ts'

/** The version that Azure Service Connector writes. */
const listing =
  (action: 'listConnectionStrings' | 'listKeys'): Expression =>
  ({ service, targetId }) => {
    const { subscription, group, names } = resourceId(targetId)
    const account = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.DocumentDB/databaseAccounts/${names[0]}`
    return `${managementHost(service.endpoint)}${account}/${action}?api-version=2021-04-15`
  }
const scope: Expression = ({ service }) => `${managementHost(service.endpoint)}/.default`

export const byConnectionStrings = {
  AZURE_COSMOS_LISTCONNECTIONSTRINGURL: listing('listConnectionStrings'),
  AZURE_COSMOS_SCOPE: scope,
  AZURE_COSMOS_RESOURCEENDPOINT: endpoint,
} as const

export const byKeys = {
  AZURE_COSMOS_LISTKEYURL: listing('listKeys'),
  AZURE_COSMOS_SCOPE: scope,
  AZURE_COSMOS_RESOURCEENDPOINT: endpoint,
} as const

export const asIdentity = { AZURE_COSMOS_CLIENTID: identity.clientId } as const
export const asServicePrincipal = {
  AZURE_COSMOS_CLIENTID: servicePrincipal.clientId,
  AZURE_COSMOS_CLIENTSECRET: servicePrincipal.clientSecret,
  AZURE_COSMOS_TENANTID: servicePrincipal.tenantId,
} as const

/** Of the roles that every account has for the data of its API: https://learn.microsoft.com/azure/cosmos-db/cassandra/reference-data-plane-security */
const dataRoles: Readonly<Record<CosmosRoleKind, Readonly<Record<'contributor' | 'reader', number>>>> = {
  cosmosDataRole: { contributor: 2, reader: 1 },
  cosmosTableRole: { contributor: 2, reader: 1 },
  cosmosGremlinRole: { contributor: 4, reader: 3 },
  cosmosCassandraRole: { contributor: 4, reader: 3 },
  cosmosMongoRole: { contributor: 4, reader: 3 },
}
const idOf = (role: number): string => `00000000-0000-0000-0000-00000000000${role}`

/**
 * The default lets a pod read the keys of the account (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/databases). Roles on its
 * data do without: they are what clients with a token need.
 */
export const accountGrants = (kind: CosmosRoleKind): Grants => ({
  default: [azureRole('5bd9cd88-fe45-4216-938b-f97437e15450', 'DocumentDB Account Contributor')],
  allowed: [
    cosmosRole(kind, idOf(dataRoles[kind].contributor), 'Cosmos DB Built-in Data Contributor'),
    cosmosRole(kind, idOf(dataRoles[kind].reader), 'Cosmos DB Built-in Data Reader'),
    azureRole('fbdf93bf-df7d-467e-a4d2-9458aa1360c8', 'Cosmos DB Account Reader Role'),
  ],
})

/** For docs/targets/: what the roles on data are for. */
export const tokenNote =
  'the role by default gives a pod the keys of the account; with a role of its data instead the app needs none of them: it takes a token for `https://cosmos.azure.com/.default`'

export const host: Expression = ({ service }) => required(service.host, "account's host")
export const region: Expression = ({ service }) => required(service.region, "account's region")
