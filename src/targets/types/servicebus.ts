// Azure Service Bus. https://learn.microsoft.com/azure/service-connector/how-to-integrate-service-bus
import { azureRole } from '../../model/grant.ts'
import { component, daprParts } from '../dapr.ts'
import { serviceBusNamespace } from '../resources/service-bus-namespace.ts'
import { credential, host, identity, servicePrincipal, text, withCredential } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

/** Of `Endpoint=…;SharedAccessKeyName=…;SharedAccessKey=…`. */
const partOf = (name: string) =>
  withCredential((value) => {
    const [, found] = new RegExp(`(?:^|;)${name}=([^;]+)`, 'i').exec(value) ?? []
    if (found === undefined) throw new TypeError(`The connection string of the namespace has no ${name}`)
    return found
  })

export const servicebus = targetType({
  type: 'servicebus',
  displayName: 'Azure Service Bus',
  on: serviceBusNamespace,
  privateLink: 'namespace',
  child: { kind: 'none' },
  aliases: ['service-bus'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go', 'springBoot'],
  grants: {
    default: [
      azureRole('4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0', 'Azure Service Bus Data Receiver'),
      azureRole('69a216fc-b8fb-44d8-bc22-1f3c2cd27a39', 'Azure Service Bus Data Sender'),
    ],
    allowed: [azureRole('090c5cfd-751d-490a-894a-3ce6f1109419', 'Azure Service Bus Data Owner')],
  },

  secret: {
    'workload-identity': {
      '*': { AZURE_SERVICEBUS_FULLYQUALIFIEDNAMESPACE: host, AZURE_SERVICEBUS_CLIENTID: identity.clientId },
      springBoot: { 'spring.cloud.azure.servicebus.namespace': host, 'spring.cloud.azure.client-id': identity.clientId },
    },
    'service-principal': {
      '*': {
        AZURE_SERVICEBUS_FULLYQUALIFIEDNAMESPACE: host,
        AZURE_SERVICEBUS_CLIENTID: servicePrincipal.clientId,
        AZURE_SERVICEBUS_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_SERVICEBUS_TENANTID: servicePrincipal.tenantId,
      },
      springBoot: {
        'spring.cloud.azure.servicebus.namespace': host,
        'spring.cloud.azure.client-id': servicePrincipal.clientId,
        'spring.cloud.azure.tenant-id': servicePrincipal.tenantId,
        'spring.cloud.azure.client-secret': servicePrincipal.clientSecret,
      },
    },
    secret: {
      '*': { AZURE_SERVICEBUS_CONNECTIONSTRING: credential },
      springBoot: { 'spring.cloud.azure.servicebus.connection-string': credential },
    },
  },

  // https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-overview
  serviceBinding: {
    type: 'amqp',
    entries: { host, port: text('5671'), uri: ({ service }) => `amqps://${host({ service })}:5671` },
    secret: {
      'connection-string': credential,
      username: partOf('SharedAccessKeyName'),
      password: partOf('SharedAccessKey'),
    },
  },

  dapr: [
    component('pubsub.azure.servicebus.topics', daprParts.serviceBus),
    component('pubsub.azure.servicebus.queues', daprParts.serviceBus),
    component('bindings.azure.servicebusqueues', daprParts.serviceBus, ['queueName']),
  ],
})
