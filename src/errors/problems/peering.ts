// The network of a cluster beside the network that a server is inside of: a peering from each side, and the link that makes pods find the server's name.
// What a cluster of its own network is in is not known: then names in capitals stand for it.
// https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private#virtual-network-peering

/**
 * Words: of the cluster's network `networkId`, `networkSubscription`, `networkGroup`, `networkName`; of the server's `serverNetworkId`,
 * `serverSubscription`, `serverGroup`, `serverNetworkName`; of the DNS zone `zoneSubscription`, `zoneGroup`, `zone`.
 */
export const peering = {
  cli: `az network vnet peering create --subscription {serverSubscription} --resource-group '{serverGroup}' --vnet-name '{serverNetworkName}' --name 'to-{networkName}' --remote-vnet '{networkId}' --allow-vnet-access
az network vnet peering create --subscription {networkSubscription} --resource-group '{networkGroup}' --vnet-name '{networkName}' --name 'to-{serverNetworkName}' --remote-vnet '{serverNetworkId}' --allow-vnet-access
az network private-dns link vnet create --subscription {zoneSubscription} --resource-group '{zoneGroup}' --zone-name '{zone}' --name '{networkName}' --virtual-network '{networkId}' --registration-enabled false`,
  // Each is in a resource group of its own.
  bicep: `// az deployment group create --subscription {serverSubscription} --resource-group '{serverGroup}' --template-file FILE1.bicep
resource peering 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = {
  name: '{serverNetworkName}/to-{networkName}'
  properties: { remoteVirtualNetwork: { id: '{networkId}' }, allowVirtualNetworkAccess: true }
}

// az deployment group create --subscription {networkSubscription} --resource-group '{networkGroup}' --template-file FILE2.bicep
resource peering 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = {
  name: '{networkName}/to-{serverNetworkName}'
  properties: { remoteVirtualNetwork: { id: '{serverNetworkId}' }, allowVirtualNetworkAccess: true }
}

// az deployment group create --subscription {zoneSubscription} --resource-group '{zoneGroup}' --template-file FILE3.bicep
resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  name: '{zone}/{networkName}'
  location: 'global'
  properties: { registrationEnabled: false, virtualNetwork: { id: '{networkId}' } }
}`,
  terraform: `resource "azurerm_virtual_network_peering" "from_server" {
  name                      = "to-{networkName}"
  resource_group_name       = "{serverGroup}"
  virtual_network_name      = "{serverNetworkName}"
  remote_virtual_network_id = "{networkId}"
}
resource "azurerm_virtual_network_peering" "from_cluster" {
  name                      = "to-{serverNetworkName}"
  resource_group_name       = "{networkGroup}"
  virtual_network_name      = "{networkName}"
  remote_virtual_network_id = "{serverNetworkId}"
}
resource "azurerm_private_dns_zone_virtual_network_link" "cluster" {
  name                  = "{networkName}"
  resource_group_name   = "{zoneGroup}"
  private_dns_zone_name = "{zone}"
  virtual_network_id    = "{networkId}"
}`,
} as const
