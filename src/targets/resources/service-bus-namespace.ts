// A Service Bus namespace; messaging-namespace.ts says what is surprising.
import { messagingNamespace } from './messaging-namespace.ts'

export const serviceBusNamespace = messagingNamespace({
  type: 'servicebus',
  provider: 'Microsoft.ServiceBus',
  label: 'Service Bus namespace',
  service: 'Azure Service Bus',
  cli: 'servicebus',
  terraform: {
    resource: 'azurerm_servicebus_namespace',
    block: 'network_rule_set',
    fields: ({ ips, subnets, bypass }) => ({
      default_action: 'Deny',
      trusted_services_allowed: bypass !== 'None',
      ip_rules: ips,
      network_rules: subnets.map((id) => ({ subnet_id: id })),
    }),
  },
  notes: [
    'a namespace without any rule [accepts every network](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-ip-filtering), whatever its default action says: the app counts it as open and adds nothing',
    'the connection string has the key of `RootManageSharedAccessKey`, which may do everything in the namespace; prefer `auth=workload-identity`',
  ],
})
