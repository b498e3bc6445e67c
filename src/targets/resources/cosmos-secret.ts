// What the Secrets of all five APIs of Cosmos DB share. Azure Service Connector's own way for an identity is to ask ARM for a key with the pod's token:
// hence the URL and the scope, and the role on the account.
import { azureRole, type Grants } from '../../model/grant.ts'
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

/** The default lets a pod read the keys of the account. https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/databases */
export const accountGrants: Grants = {
  default: [azureRole('5bd9cd88-fe45-4216-938b-f97437e15450', 'DocumentDB Account Contributor')],
  allowed: [azureRole('fbdf93bf-df7d-467e-a4d2-9458aa1360c8', 'Cosmos DB Account Reader Role')],
}

export const host: Expression = ({ service }) => required(service.host, "account's host")
export const region: Expression = ({ service }) => required(service.region, "account's region")
