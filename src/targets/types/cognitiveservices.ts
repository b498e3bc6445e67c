// Azure AI multi-service. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cognitive-services
import { azureRole } from '../../model/grant.ts'
import { cognitiveAccount } from '../resources/cognitive-account.ts'
import { credential, endpoint, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const hosts = { AZURE_COGNITIVESERVICES_ENDPOINT: endpoint } as const

export const cognitiveservices = targetType({
  type: 'cognitiveservices',
  displayName: 'Azure AI multi-service',
  on: cognitiveAccount,
  privateLink: 'account',
  child: { kind: 'none' },
  aliases: ['cognitive-services'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'java', 'python', 'nodejs'],
  grants: {
    default: [azureRole('a97b65f3-24c7-4388-baec-2e87135dc908', 'Cognitive Services User')],
    allowed: [],
  },

  secret: {
    'workload-identity': { '*': { ...hosts, AZURE_COGNITIVESERVICES_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        ...hosts,
        AZURE_COGNITIVESERVICES_CLIENTID: servicePrincipal.clientId,
        AZURE_COGNITIVESERVICES_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_COGNITIVESERVICES_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: { '*': { ...hosts, AZURE_COGNITIVESERVICES_KEY: credential } },
  },
})
