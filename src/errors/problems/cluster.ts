// Problems about the cluster as ARM sees it, and its way out.
import { parseResourceId } from '../../domain/resource-id.ts'
import { links, pages, type Rows } from './row.ts'

export const clusterRows = {
  ClusterMissing: {
    text: 'Azure does not find the cluster {cluster}.',
    cause: 'It was deleted or moved, or Azure Resource Manager does not find it for a while, as in incidents.',
    cure: 'If it was deleted, nothing has to be done: its connections are removed if it is still missing at {until}. Until then they stay as they are.',
    ...pages.how,
  },
  StillListed: {
    text: 'Azure Resource Manager does not find {resource}, but Azure Resource Graph still lists it.',
    cause: 'It was deleted a moment ago, or Azure Resource Manager does not find it for a while, as in incidents.',
    cure: 'Nothing has to be done: nothing is concluded from it, and it is looked for again.',
    ...pages.how,
  },
  ClusterGone: {
    text: 'The cluster {cluster} does not exist any more.',
    cause:
      'It was deleted or moved: Azure Resource Manager has not found it for longer than the grace of a declaration, and Azure Resource Graph does not list it.',
    cure: 'Nothing has to be done: its connections are taken away in Azure as well. A cluster made again under the same name is picked up by its tags.',
    ...pages.how,
  },
  ClusterStopped: {
    text: 'The cluster{named} is stopped.',
    cause: 'A stopped cluster has no API server and refuses every change.',
    cure: 'Start it; the work goes on by itself. What needs no running cluster is done meanwhile.',
    link: links.aksStop,
    commands: { cli: "az aks start --ids '{id}'" },
    words: (about) => ({ named: about.cluster ? ` ${about.cluster}` : '' }),
  },
  ClusterBusy: {
    text: 'The cluster {cluster} is {state}; changes to it wait.',
    cause: 'AKS carries out one operation on a cluster at a time.',
    cure: 'Nothing has to be done; it goes on when the operation ends. If it has been so for hours, look at the operation.',
    link: links.aksOperations,
    commands: { cli: "az aks operation show-latest --ids '{id}'" },
  },
  NotChangingClusters: {
    text: 'The cluster {cluster} lacks what its connections need: {features}.',
    cause:
      'No policy with `changeClusters` covers this cluster, or the step only reports. Turning this on behind Terraform or Bicep would make their next plan differ.',
    cure: 'Turn it on where the cluster is declared, or allow it with `changeClusters` in a policy. In Terraform add exactly these two arguments and read the plan first: some provider versions plan to REPLACE the cluster when the issuer changes, and the issuer cannot be turned off again.',
    link: links.aksOidc,
    commands: {
      cli: "az aks update --ids '{id}' --enable-oidc-issuer --enable-workload-identity",
      bicep: `resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' = {
  // … what it has already
  properties: {
    oidcIssuerProfile: { enabled: true }
    securityProfile: { workloadIdentity: { enabled: true } }
  }
}`,
      terraform: `resource "azurerm_kubernetes_cluster" "cluster" {
  # … what it has already
  oidc_issuer_enabled       = true
  workload_identity_enabled = true
}`,
    },
    words: (about) => ({ cluster: about.cluster ?? nameIn(about.id), features: about.features ?? about.changes ?? 'some features' }),
  },
  ChangeHadNoEffect: {
    text: 'Azure reported success for: {doing}. But it did not take effect: {difference}.',
    cause:
      'Within about an hour after a cluster was made, AKS can accept an update and not carry it out; a policy that modifies requests does the same.',
    cure: 'It is tried again by itself, with growing pauses. If it stays so, look for policies of effect "modify" on the resource.',
    link: 'https://github.com/Azure/AKS/issues/5856',
    words: (about) => ({ difference: about.difference ?? about.things ?? 'nothing changed' }),
  },
  IssuerMissing: {
    text: 'The cluster {cluster} has no OIDC issuer, so no federated credential can name it.',
    cause: 'Workload identity trusts tokens by the issuer of the cluster, and it is turned off.',
    cure: 'Turn it on, or allow it with `changeClusters` in a policy.',
    link: links.aksOidc,
    commands: { cli: "az aks update --ids '{id}' --enable-oidc-issuer --enable-workload-identity" },
  },
  EgressUnknown: {
    text: 'The public addresses from which {cluster} reaches the internet are not known.',
    cause:
      'With outbound type {outboundType} they are not written in the cluster: the default route of its nodes leads to a firewall or appliance of yours.',
    cure: 'Write the public addresses of that firewall or appliance into a policy that names the cluster, as "egress": ["203.0.113.7"], and {target} is opened for them. Or open {target} for them yourself and write firewall=keep on the connection.',
    link: links.aksEgress,
    commands: {
      cli: "az network vnet subnet show --ids '{subnet}' --query routeTable.id\naz network route-table route list --ids ROUTE_TABLE_ID",
    },
  },
  NoEgress: {
    text: 'The cluster {cluster} has no way out to public addresses, so there is none that {target} could let in.',
    cause: 'Its outbound type is {outboundType}: AKS gives the nodes no way to the internet.',
    cure: 'Reach {target} by a private endpoint from the network of the cluster, then write firewall=keep on the connection. If its network has a way out all the same, write its public addresses into a policy that names the cluster, as "egress": ["203.0.113.7"].',
    link: links.aksIsolated,
  },
  NatGatewayMissing: {
    text: 'No NAT gateway is attached to subnet {subnet} of {cluster}, so the addresses of its pods are not known.',
    cause:
      'With outbound type userAssignedNATGateway pods leave by the gateway of their subnet, or else by a way that Azure does not tell.',
    cure: 'Attach the NAT gateway to the subnet. Or write the public addresses into a policy that names the cluster, as "egress": ["203.0.113.7"].',
    link: links.aksNatGateway,
    commands: { cli: "az network vnet subnet update --ids '{id}' --nat-gateway NAT_GATEWAY_ID" },
  },
  UnreadableEgress: {
    text: 'The way out of {cluster} cannot be read: {id}.',
    cause: 'Public addresses, subnets and NAT gateways can lie in a group or subscription where the app may not read: {message}',
    cure: 'Give the app the Reader role there. Or write the public addresses into a policy that names the cluster, as "egress": ["203.0.113.7"]; or open the target yourself and write firewall=keep on the connections.',
    ...pages.permissions,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role Reader --scope '{id}'",
    },
  },
} as const satisfies Rows

const nameIn = (id: string | undefined): string => parseResourceId(id)?.name ?? 'of the connection'
