// An Event Hubs namespace; messaging-namespace.ts says what is surprising.
import { messagingNamespace } from './messaging-namespace.ts'

export const eventHubsNamespace = messagingNamespace({
  type: 'eventhub',
  provider: 'Microsoft.EventHub',
  label: 'Event Hubs namespace',
  service: 'Azure Event Hubs',
  cli: 'eventhubs',
  terraform: {
    resource: 'azurerm_eventhub_namespace',
    block: 'network_rulesets',
    fields: ({ ips, subnets, bypass }) => ({
      default_action: 'Deny',
      trusted_service_access_enabled: bypass !== 'None',
      ip_rule: ips.map((ip) => ({ ip_mask: ip, action: 'Allow' })),
      virtual_network_rule: subnets.map((id) => ({ subnet_id: id })),
    }),
  },
  notes: [
    'a namespace without any rule [accepts every network](https://learn.microsoft.com/azure/event-hubs/event-hubs-ip-filtering), whatever its default action says: the app counts it as open and adds nothing',
    'the connection string has the key of `RootManageSharedAccessKey`, which may do everything in the namespace; prefer `auth=workload-identity`',
  ],
})
