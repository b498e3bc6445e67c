// Azure Web PubSub. https://learn.microsoft.com/azure/service-connector/how-to-integrate-web-pubsub Surprising: the default role of Azure Service Connector
// is one of the control plane and allows no message to be sent.
import { azureRole } from '../../model/grant.ts'
import { webPubSub } from '../resources/web-pubsub.ts'
import { credential, host, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

export const webpubsub = targetType({
  type: 'webpubsub',
  displayName: 'Azure Web PubSub',
  on: webPubSub,
  privateLink: 'webpubsub',
  child: { kind: 'none' },
  aliases: ['web-pubsub'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs'],
  grants: {
    default: [azureRole('8cf5e20a-e4b2-4e9d-b3a1-5ceb692c2761', 'SignalR/Web PubSub Contributor')],
    allowed: [
      azureRole('12cf5a90-567b-43ae-8102-96cf46c7d9b4', 'Web PubSub Service Owner'),
      azureRole('bfb1c7d2-fb1a-466b-b2ba-aee63b92deaf', 'Web PubSub Service Reader'),
    ],
  },
  notes: [
    'the default role, that of Azure Service Connector, manages the service and sends no messages: ask for `role=Web PubSub Service Owner` with `workload-identity` and `service-principal`',
  ],

  secret: {
    'workload-identity': { '*': { AZURE_WEBPUBSUB_HOST: host, AZURE_WEBPUBSUB_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        AZURE_WEBPUBSUB_HOST: host,
        AZURE_WEBPUBSUB_CLIENTID: servicePrincipal.clientId,
        AZURE_WEBPUBSUB_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_WEBPUBSUB_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: { '*': { AZURE_WEBPUBSUB_CONNECTIONSTRING: credential } },
  },
})
