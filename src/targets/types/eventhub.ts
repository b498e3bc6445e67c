// Azure Event Hubs, also for Kafka clients. https://learn.microsoft.com/azure/service-connector/how-to-integrate-event-hubs Surprising:
// the address of Kafka has no port, and a key for Spring says `storage`; they are here because Azure Service Connector writes them. What works stands
// beside the former: https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.integration.spring.kafka.producer.bootstrap-servers
import { azureRole } from '../../model/grant.ts'
import { component, daprParts } from '../dapr.ts'
import { eventHubsNamespace } from '../resources/event-hubs-namespace.ts'
import { credential, type Expression, endpoint, host, identity, servicePrincipal, text } from '../secret-table.ts'
import { managedIdentityInSpring } from '../spring-notes.ts'
import { targetType } from '../target-type.ts'

const kafkaServers: Expression = (of) => `${host(of)}:9093`
const kafkaInSpring = {
  'spring.kafka.bootstrap-servers': host,
  'spring.kafka.producer.bootstrap-servers': kafkaServers,
  'spring.kafka.consumer.bootstrap-servers': kafkaServers,
} as const

export const eventhub = targetType({
  type: 'eventhub',
  displayName: 'Azure Event Hubs',
  on: eventHubsNamespace,
  privateLink: 'namespace',
  child: { kind: 'none' },
  aliases: ['eventhubs', 'event-hubs'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go', 'springBoot', 'kafka-springBoot'],
  grants: {
    default: [
      azureRole('a638d3c7-ab3a-418d-83e6-5f17a39d4fde', 'Azure Event Hubs Data Receiver'),
      azureRole('2b629674-e913-4c01-ae53-ef4638d8f975', 'Azure Event Hubs Data Sender'),
    ],
    allowed: [azureRole('f526a384-b230-433a-b45c-95f59c4a2dec', 'Azure Event Hubs Data Owner')],
  },
  notes: [
    'Kafka clients need port 9093: `spring.kafka.bootstrap-servers` has none, as Azure Service Connector writes it; those of producers and consumers, which go before it, stand beside it with the port',
    managedIdentityInSpring,
  ],

  secret: {
    'workload-identity': {
      '*': { AZURE_EVENTHUB_FULLYQUALIFIEDNAMESPACE: host, AZURE_EVENTHUB_CLIENTID: identity.clientId },
      // Both generations of Spring Cloud Azure's properties.
      springBoot: {
        'spring.cloud.azure.eventhub.namespace': host,
        'spring.cloud.azure.client-id': identity.clientId,
        'spring.cloud.azure.eventhubs.namespace': host,
        'spring.cloud.azure.eventhubs.credential.client-id': identity.clientId,
        'spring.cloud.azure.eventhubs.credential.managed-identity-enabled': text('true'),
      },
      'kafka-springBoot': {
        ...kafkaInSpring,
        'spring.kafka.properties.azure.credential.managed-identity-enabled': text('true'),
        'spring.kafka.properties.azure.credential.client-id': identity.clientId,
      },
    },
    'service-principal': {
      '*': {
        AZURE_EVENTHUB_FULLYQUALIFIEDNAMESPACE: host,
        AZURE_EVENTHUB_CLIENTID: servicePrincipal.clientId,
        AZURE_EVENTHUB_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_EVENTHUB_TENANTID: servicePrincipal.tenantId,
      },
      springBoot: {
        'spring.cloud.azure.eventhub.namespace': host,
        'spring.cloud.azure.client-id': servicePrincipal.clientId,
        'spring.cloud.azure.tenant-id': servicePrincipal.tenantId,
        'spring.cloud.azure.client-secret': servicePrincipal.clientSecret,
        'spring.cloud.azure.eventhubs.namespace': host,
        'spring.cloud.azure.eventhubs.credential.client-id': servicePrincipal.clientId,
        'spring.cloud.azure.eventhubs.credential.client-secret': servicePrincipal.clientSecret,
        'spring.cloud.azure.eventhubs.profile.tenant-id': servicePrincipal.tenantId,
      },
      'kafka-springBoot': {
        ...kafkaInSpring,
        'spring.kafka.properties.azure.credential.client-id': servicePrincipal.clientId,
        'spring.kafka.properties.azure.credential.client-secret': servicePrincipal.clientSecret,
        'spring.kafka.properties.azure.profile.tenant-id': servicePrincipal.tenantId,
      },
    },
    secret: {
      '*': { AZURE_EVENTHUB_CONNECTIONSTRING: credential },
      springBoot: {
        'spring.cloud.azure.storage.connection-string': credential,
        'spring.cloud.azure.eventhubs.connection-string': credential,
      },
      'kafka-springBoot': { 'spring.cloud.azure.eventhubs.connection-string': credential },
    },
  },

  // Clients spell these in two ways: https://github.com/spring-cloud/spring-cloud-bindings, https://github.com/nodeshift/kube-service-bindings
  serviceBinding: {
    type: 'kafka',
    entries: {
      'bootstrap-servers': kafkaServers,
      bootstrapServers: kafkaServers,
      'security.protocol': text('SASL_SSL'),
      securityProtocol: text('SASL_SSL'),
      uri: endpoint,
    },
    // https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview#shared-access-signature-sas
    secret: {
      'sasl.mechanism': text('PLAIN'),
      saslMechanism: text('PLAIN'),
      user: text('$ConnectionString'),
      password: credential,
    },
  },

  dapr: [
    component('pubsub.azure.eventhubs', daprParts.eventHubs),
    component('bindings.azure.eventhubs', daprParts.eventHubs, ['eventHub']),
  ],
})
