// Azure OpenAI. https://learn.microsoft.com/azure/service-connector/how-to-integrate-openai
import { azureRole } from '../../model/grant.ts'
import { component } from '../dapr.ts'
import { cognitiveAccount } from '../resources/cognitive-account.ts'
import { credential, endpoint, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const hosts = { AZURE_OPENAI_BASE: endpoint } as const

export const openai = targetType({
  type: 'openai',
  displayName: 'Azure OpenAI',
  on: cognitiveAccount,
  privateLink: 'account',
  child: { kind: 'none' },
  aliases: ['azure-openai'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'java', 'python', 'nodejs'],
  grants: {
    default: [azureRole('a001fd3d-188f-4b5d-821b-7da978bf7442', 'Cognitive Services OpenAI Contributor')],
    allowed: [
      azureRole('5e0bd9bd-7b93-4f28-af87-19fc36ad61bd', 'Cognitive Services OpenAI User'),
      azureRole('a97b65f3-24c7-4388-baec-2e87135dc908', 'Cognitive Services User'),
    ],
  },

  secret: {
    'workload-identity': { '*': { ...hosts, AZURE_OPENAI_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        ...hosts,
        AZURE_OPENAI_CLIENTID: servicePrincipal.clientId,
        AZURE_OPENAI_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_OPENAI_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: { '*': { ...hosts, AZURE_OPENAI_KEY: credential } },
  },

  dapr: [component('bindings.azure.openai', { metadata: { endpoint }, key: { apiKey: credential } })],
})
