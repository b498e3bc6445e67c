// Azure Blob Storage. https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-blob
import { azureRole } from '../../model/grant.ts'
import { fixed } from '../../model/target-type.ts'
import { component, daprParts } from '../dapr.ts'
import { storageAccount } from '../resources/storage-account.ts'
import { connectionString, isRoleMissing, tokenScope } from '../resources/storage-secret.ts'
import { credential, endpoint, identity, resourceName, servicePrincipal, text } from '../secret-table.ts'
import { managedIdentityInSpring } from '../spring-notes.ts'
import { targetType } from '../target-type.ts'

export const storageBlob = targetType({
  type: 'storage-blob',
  displayName: 'Azure Blob Storage',
  on: storageAccount,
  privateLink: 'blob',
  child: fixed('blobServices/default'),
  aliases: ['blob', 'storageblob'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  grants: {
    default: [azureRole('ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'Storage Blob Data Contributor')],
    allowed: [
      azureRole('2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', 'Storage Blob Data Reader'),
      azureRole('b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Storage Blob Data Owner'),
    ],
  },

  notes: [managedIdentityInSpring],

  secret: {
    'workload-identity': {
      '*': { AZURE_STORAGEBLOB_RESOURCEENDPOINT: endpoint, AZURE_STORAGEBLOB_CLIENTID: identity.clientId },
      springBoot: {
        'spring.cloud.azure.storage.blob.credential.managed-identity-enabled': text('True'),
        'spring.cloud.azure.storage.blob.account-name': resourceName,
        'spring.cloud.azure.storage.blob.endpoint': endpoint,
        'spring.cloud.azure.storage.blob.credential.client-id': identity.clientId,
      },
    },
    'service-principal': {
      '*': {
        AZURE_STORAGEBLOB_RESOURCEENDPOINT: endpoint,
        AZURE_STORAGEBLOB_CLIENTID: servicePrincipal.clientId,
        AZURE_STORAGEBLOB_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_STORAGEBLOB_TENANTID: servicePrincipal.tenantId,
      },
      springBoot: {
        'spring.cloud.azure.storage.blob.account-name': resourceName,
        'spring.cloud.azure.storage.blob.endpoint': endpoint,
        'spring.cloud.azure.storage.blob.credential.client-id': servicePrincipal.clientId,
        'spring.cloud.azure.storage.blob.credential.client-secret': servicePrincipal.clientSecret,
      },
    },
    secret: {
      '*': { AZURE_STORAGEBLOB_CONNECTIONSTRING: connectionString('blob') },
      // Both generations of Spring Cloud Azure's properties.
      springBoot: {
        'azure.storage.account-name': resourceName,
        'azure.storage.account-key': credential,
        'azure.storage.blob-endpoint': endpoint,
        'spring.cloud.azure.storage.blob.account-name': resourceName,
        'spring.cloud.azure.storage.blob.account-key': credential,
        'spring.cloud.azure.storage.blob.endpoint': endpoint,
      },
    },
  },

  // Containers are listed by all roles above: https://learn.microsoft.com/rest/api/storageservices/list-containers2#permissions
  probe: {
    scope: tokenScope,
    roles: ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'],
    request: (service) => ({ url: new URL('/?comp=list&maxresults=1', service.endpoint).href, headers: { 'x-ms-version': '2021-12-02' } }),
    isRoleMissing,
  },

  dapr: [
    component('state.azure.blobstorage', daprParts.storage, ['containerName'], 'v2'),
    component('bindings.azure.blobstorage', daprParts.storage, ['containerName']),
  ],
})
