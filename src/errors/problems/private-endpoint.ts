// A private endpoint for a target in the network of a cluster, with the DNS zones that make pods find it. What a cluster of its own network is in is not
// known: then `SUBNET_ID` and `NETWORK_ID` stand for it. https://learn.microsoft.com/azure/private-link/create-private-endpoint-bicep

/** Words: `targetId`, `subscription`, `group`, `name`, `location`, `subnetId`, `networkId`, `networkName`, `subresource`, `zones` (with spaces between them). */
export const privateEndpoint = {
  bicep: `// az deployment group create --subscription {subscription} --resource-group '{group}' --template-file FILE.bicep
var zones = split('{zones}', ' ')
resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: '{name}-{subresource}'
  location: '{location}'
  properties: {
    subnet: { id: '{subnetId}' }
    privateLinkServiceConnections: [
      { name: '{subresource}', properties: { privateLinkServiceId: '{targetId}', groupIds: ['{subresource}'] } }
    ]
  }
}
resource dnsZones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zone in zones: {
  name: zone
  location: 'global'
}]
resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zone, index) in zones: {
  parent: dnsZones[index]
  name: '{networkName}'
  location: 'global'
  properties: { registrationEnabled: false, virtualNetwork: { id: '{networkId}' } }
}]
resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [for (zone, index) in zones: {
      name: replace(zone, '.', '-')
      properties: { privateDnsZoneId: dnsZones[index].id }
    }]
  }
}`,
  terraform: `resource "azurerm_private_endpoint" "target" {
  name                = "{name}-{subresource}"
  location            = "{location}"
  resource_group_name = "{group}"
  subnet_id           = "{subnetId}"

  private_service_connection {
    name                           = "{subresource}"
    private_connection_resource_id = "{targetId}"
    subresource_names              = ["{subresource}"]
    is_manual_connection           = false
  }
  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [for zone in azurerm_private_dns_zone.target : zone.id]
  }
}
resource "azurerm_private_dns_zone" "target" {
  for_each            = toset(split(" ", "{zones}"))
  name                = each.value
  resource_group_name = "{group}"
}
resource "azurerm_private_dns_zone_virtual_network_link" "target" {
  for_each              = azurerm_private_dns_zone.target
  name                  = "{networkName}"
  resource_group_name   = "{group}"
  private_dns_zone_name = each.value.name
  virtual_network_id    = "{networkId}"
}`,
} as const
