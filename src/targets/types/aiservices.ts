// Azure AI services. https://learn.microsoft.com/azure/service-connector/how-to-integrate-ai-services Surprising: speech has the
// host of the account where that has one, and a host of its region otherwise: the account says which.
import { azureRole } from '../../model/grant.ts'
import { cognitiveAccount } from '../resources/cognitive-account.ts'
import { credential, endpoint, endpointOf, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const hosts = {
  AZURE_AISERVICES_OPENAI_BASE: endpointOf('openai'),
  AZURE_AISERVICES_COGNITIVESERVICES_ENDPOINT: endpoint,
  AZURE_AISERVICES_SPEECH_ENDPOINT: endpointOf('speech'),
} as const

export const aiservices = targetType({
  type: 'aiservices',
  displayName: 'Azure AI services',
  on: cognitiveAccount,
  privateLink: 'account',
  child: { kind: 'none' },
  aliases: ['ai-services'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'java', 'python', 'nodejs'],
  grants: {
    default: [azureRole('a97b65f3-24c7-4388-baec-2e87135dc908', 'Cognitive Services User')],
    allowed: [
      azureRole('5e0bd9bd-7b93-4f28-af87-19fc36ad61bd', 'Cognitive Services OpenAI User'),
      azureRole('a001fd3d-188f-4b5d-821b-7da978bf7442', 'Cognitive Services OpenAI Contributor'),
    ],
  },

  secret: {
    'workload-identity': { '*': { ...hosts, AZURE_AISERVICES_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        ...hosts,
        AZURE_AISERVICES_CLIENTID: servicePrincipal.clientId,
        AZURE_AISERVICES_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_AISERVICES_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: { '*': { ...hosts, AZURE_AISERVICES_KEY: credential } },
  },
})
