// Azure Table Storage. https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-table
import { azureRole } from '../../model/grant.ts'
import { fixed } from '../../model/target-type.ts'
import { component, daprParts } from '../dapr.ts'
import { storageAccount } from '../resources/storage-account.ts'
import { connectionString, isRoleMissing, tokenScope } from '../resources/storage-secret.ts'
import { endpoint, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

export const storageTable = targetType({
  type: 'storage-table',
  displayName: 'Azure Table Storage',
  on: storageAccount,
  privateLink: 'table',
  child: fixed('tableServices/default'),
  aliases: ['table', 'storagetable'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs'],
  grants: {
    default: [azureRole('0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'Storage Table Data Contributor')],
    allowed: [azureRole('76199698-9eea-4c19-bc75-cec21354c6b6', 'Storage Table Data Reader')],
  },

  secret: {
    'workload-identity': { '*': { AZURE_STORAGETABLE_RESOURCEENDPOINT: endpoint, AZURE_STORAGETABLE_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        AZURE_STORAGETABLE_RESOURCEENDPOINT: endpoint,
        AZURE_STORAGETABLE_CLIENTID: servicePrincipal.clientId,
        AZURE_STORAGETABLE_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_STORAGETABLE_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: { '*': { AZURE_STORAGETABLE_CONNECTIONSTRING: connectionString('table') } },
  },

  // https://learn.microsoft.com/rest/api/storageservices/query-tables
  probe: {
    scope: tokenScope,
    roles: ['0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', '76199698-9eea-4c19-bc75-cec21354c6b6'],
    request: (service) => ({
      url: new URL('/Tables?$top=1', service.endpoint).href,
      headers: { 'x-ms-version': '2021-12-02', accept: 'application/json;odata=nometadata' },
    }),
    isRoleMissing,
  },

  dapr: [component('state.azure.tablestorage', daprParts.storage, ['tableName'])],
})
