// Azure Key Vault. https://learn.microsoft.com/azure/service-connector/how-to-integrate-key-vault
//
// Two of the documented keys look odd and are written as they are: the scope is that of Azure Resource Manager, and Spring is told to sign in
// by managed identity, which in a pod is its federated token (spring-notes.ts).
import { azureRole, vaultAccessPolicy } from '../../model/grant.ts'
import { component } from '../dapr.ts'
import { managementHost } from '../management-host.ts'
import { vault } from '../resources/vault.ts'
import { type Expression, endpoint, identity, resourceName, servicePrincipal, text } from '../secret-table.ts'
import { managedIdentityInSpring } from '../spring-notes.ts'
import { targetType } from '../target-type.ts'

const scope: Expression = ({ service }) => `${managementHost(service.endpoint)}/.default`
const spring = 'spring.cloud.azure.keyvault.secret'

export const keyvault = targetType({
  type: 'keyvault',
  displayName: 'Azure Key Vault',
  on: vault,
  privateLink: 'vault',
  child: { kind: 'none' },
  aliases: ['key-vault', 'vault'],
  auth: ['workload-identity', 'service-principal', 'csi'],
  mountable: true,
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  grants: {
    default: [
      azureRole('4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User'),
      azureRole('db79e9a7-68ee-4b58-9aeb-b90e7c24fcba', 'Key Vault Certificate User'),
    ],
    allowed: [
      azureRole('b86a8fe4-44ce-4948-aee5-eccb2c155cd7', 'Key Vault Secrets Officer'),
      azureRole('12338af0-0e69-4776-bea7-57ae8d297424', 'Key Vault Crypto User'),
      vaultAccessPolicy('reader'),
    ],
  },

  notes: [managedIdentityInSpring],

  secret: {
    csi: {
      '*': {
        AZURE_KEYVAULT_RESOURCEENDPOINT: endpoint,
        AZURE_KEYVAULT_CLIENTID: identity.clientId,
        AZURE_KEYVAULT_SCOPE: scope,
      },
    },
    'workload-identity': {
      '*': {
        AZURE_KEYVAULT_RESOURCEENDPOINT: endpoint,
        AZURE_KEYVAULT_CLIENTID: identity.clientId,
        AZURE_KEYVAULT_SCOPE: scope,
      },
      springBoot: {
        'azure.keyvault.uri': endpoint,
        'azure.keyvault.client-id': identity.clientId,
        'azure.keyvault.scope': scope,
        [`${spring}.credential.managed-identity-enabled`]: text('true'),
        [`${spring}.endpoint`]: endpoint,
        [`${spring}.credential.client-id`]: identity.clientId,
      },
    },
    'service-principal': {
      '*': {
        AZURE_KEYVAULT_RESOURCEENDPOINT: endpoint,
        AZURE_KEYVAULT_CLIENTID: servicePrincipal.clientId,
        AZURE_KEYVAULT_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_KEYVAULT_TENANTID: servicePrincipal.tenantId,
        AZURE_KEYVAULT_SCOPE: scope,
      },
      springBoot: {
        'azure.keyvault.uri': endpoint,
        'azure.keyvault.client-id': servicePrincipal.clientId,
        'azure.keyvault.client-key': servicePrincipal.clientSecret,
        'azure.keyvault.tenant-id': servicePrincipal.tenantId,
        'azure.keyvault.scope': scope,
        [`${spring}.endpoint`]: endpoint,
        [`${spring}.credential.client-id`]: servicePrincipal.clientId,
        [`${spring}.credential.client-secret`]: servicePrincipal.clientSecret,
        [`${spring}.profile.tenant-id`]: servicePrincipal.tenantId,
      },
    },
  },

  dapr: [component('secretstores.azure.keyvault', { metadata: { vaultName: resourceName } })],
})
