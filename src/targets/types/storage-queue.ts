// Azure Queue Storage. https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-queue
import { azureRole } from '../../model/grant.ts'
import { fixed } from '../../model/target-type.ts'
import { component, daprParts } from '../dapr.ts'
import { storageAccount } from '../resources/storage-account.ts'
import { connectionString, isRoleMissing, tokenScope } from '../resources/storage-secret.ts'
import { credential, endpoint, identity, resourceName, servicePrincipal, text } from '../secret-table.ts'
import { managedIdentityInSpring } from '../spring-notes.ts'
import { targetType } from '../target-type.ts'

export const storageQueue = targetType({
  type: 'storage-queue',
  displayName: 'Azure Queue Storage',
  on: storageAccount,
  privateLink: 'queue',
  child: fixed('queueServices/default'),
  aliases: ['queue', 'storagequeue'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  grants: {
    default: [azureRole('974c5e8b-45b9-4653-ba55-5f855dd0fb88', 'Storage Queue Data Contributor')],
    allowed: [
      azureRole('19e7f393-937e-4f77-808e-94535e297925', 'Storage Queue Data Reader'),
      azureRole('8a0f0c08-91a1-4084-bc3d-661d67233fed', 'Storage Queue Data Message Processor'),
      azureRole('c6a89b2d-59bc-44d0-9896-0f6e12d7b80a', 'Storage Queue Data Message Sender'),
    ],
  },

  notes: [managedIdentityInSpring],

  secret: {
    'workload-identity': {
      '*': { AZURE_STORAGEQUEUE_RESOURCEENDPOINT: endpoint, AZURE_STORAGEQUEUE_CLIENTID: identity.clientId },
      springBoot: {
        'spring.cloud.azure.storage.queue.credential.managed-identity-enabled': text('True'),
        'spring.cloud.azure.storage.queue.account-name': resourceName,
        'spring.cloud.azure.storage.queue.endpoint': endpoint,
        'spring.cloud.azure.storage.queue.credential.client-id': identity.clientId,
      },
    },
    'service-principal': {
      '*': {
        AZURE_STORAGEQUEUE_RESOURCEENDPOINT: endpoint,
        AZURE_STORAGEQUEUE_CLIENTID: servicePrincipal.clientId,
        AZURE_STORAGEQUEUE_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_STORAGEQUEUE_TENANTID: servicePrincipal.tenantId,
      },
      springBoot: {
        'spring.cloud.azure.storage.queue.account-name': resourceName,
        'spring.cloud.azure.storage.queue.endpoint': endpoint,
        'spring.cloud.azure.storage.queue.credential.client-id': servicePrincipal.clientId,
        'spring.cloud.azure.storage.queue.credential.client-secret': servicePrincipal.clientSecret,
      },
    },
    secret: {
      '*': { AZURE_STORAGEQUEUE_CONNECTIONSTRING: connectionString('queue') },
      // Both generations of Spring Cloud Azure's properties.
      springBoot: {
        'spring.cloud.azure.storage.account': resourceName,
        'spring.cloud.azure.storage.access-key': credential,
        'spring.cloud.azure.storage.queue.account-name': resourceName,
        'spring.cloud.azure.storage.queue.account-key': credential,
        'spring.cloud.azure.storage.queue.endpoint': endpoint,
      },
    },
  },

  // Identities that only send or process messages may not list queues: https://learn.microsoft.com/rest/api/storageservices/list-queues1#permissions
  probe: {
    scope: tokenScope,
    roles: ['974c5e8b-45b9-4653-ba55-5f855dd0fb88', '19e7f393-937e-4f77-808e-94535e297925'],
    request: (service) => ({ url: new URL('/?comp=list&maxresults=1', service.endpoint).href, headers: { 'x-ms-version': '2021-12-02' } }),
    isRoleMissing,
  },

  dapr: [component('bindings.azure.storagequeues', daprParts.storage, ['queueName'])],
})
