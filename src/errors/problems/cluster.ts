// Problems about the cluster as ARM sees it, and its egress.
import { parseResourceId } from '../../model/resource-id.ts'
import { links, pages, type Rows } from './row.ts'

export const clusterRows = {
  ClusterMissing: {
    kind: 'fault',
    text: 'Azure does not find the cluster {cluster}.',
    cause: 'It was deleted or moved, or Azure Resource Manager does not find it for a while, as happens in incidents.',
    remediation:
      'If it was deleted, no action is needed: its connections are removed if it is still missing at {until}. Until then they stay as they are.',
    ...pages.how,
  },
  StillListed: {
    kind: 'fault',
    text: 'Azure Resource Manager does not find {resource}, but Azure Resource Graph still lists it.',
    cause: 'It was deleted a moment ago, or Azure Resource Manager does not find it for a while, as happens in incidents.',
    remediation: 'No action is needed: the app draws no conclusion and reads again.',
    ...pages.how,
  },
  ClusterGone: {
    kind: 'fault',
    text: 'The cluster {cluster} no longer exists.',
    cause:
      'It was deleted or moved: Azure Resource Manager has not found it for longer than the grace period of a declaration, and Azure Resource Graph does not list it.',
    remediation:
      'No action is needed: its connections are removed in Azure as well. A new cluster of the same name is picked up by its tags.',
    ...pages.how,
  },
  ClusterStopped: {
    kind: 'reach',
    text: 'The cluster{named} is stopped.',
    cause: 'A stopped cluster has no API server and refuses every change.',
    remediation: 'Start it; the app continues by itself. Whatever needs no running cluster is done in the meantime.',
    link: links.aksStop,
    commands: { cli: "az aks start --ids '{id}'" },
    words: (about) => ({ named: about.cluster ? ` ${about.cluster}` : '' }),
  },
  ClusterBusy: {
    kind: 'reach',
    text: 'The cluster {cluster} is {state}; changes to it wait.',
    cause: 'AKS carries out one operation on a cluster at a time.',
    remediation: 'No action is needed; the app continues when the operation ends. If this lasts for hours, check the operation.',
    link: links.aksOperations,
    commands: { cli: "az aks operation show-latest --ids '{id}'" },
  },
  NotChangingClusters: {
    kind: 'feature',
    text: 'The cluster {cluster} lacks what its connections need: {features}.',
    cause:
      'No policy with `changeClusters` covers this cluster, or the step only reports. Enabling this outside of Terraform or Bicep would show up as a difference in their next plan.',
    remediation:
      'Enable it where the cluster is declared, or allow it with `changeClusters` in a policy. In Terraform add exactly these two arguments and read the plan first: some provider versions plan to REPLACE the cluster when the issuer changes, and the issuer cannot be disabled again.',
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
    kind: 'fault',
    text: 'Azure reported success, but the change had no effect: {doing}. Still different: {difference}.',
    cause:
      'For about an hour after a cluster is created, AKS can accept an update and not apply it; a policy that modifies requests has the same effect.',
    remediation: 'The app tries again with growing pauses. If this continues, look for policies with the effect "modify" on the resource.',
    link: 'https://github.com/Azure/AKS/issues/5856',
    words: (about) => ({ difference: about.difference ?? about.objects ?? 'nothing changed' }),
  },
  IssuerMissing: {
    kind: 'fault',
    text: 'The cluster {cluster} has no OIDC issuer, so no federated credential can name it.',
    cause: "Workload identity trusts tokens of the cluster's issuer, and the issuer is disabled.",
    remediation: 'Enable it, or allow it with `changeClusters` in a policy.',
    link: links.aksOidc,
    commands: { cli: "az aks update --ids '{id}' --enable-oidc-issuer --enable-workload-identity" },
  },
  EgressUnknown: {
    kind: 'reach',
    text: 'The public addresses from which {cluster} reaches the internet are unknown.',
    cause:
      'With outbound type {outboundType} Azure does not know them: the default route of the nodes leads to a firewall or appliance of yours.',
    remediation:
      'Add the public addresses of that firewall or appliance to a policy that names the cluster, as "egress": ["203.0.113.7"]; the app then lets them in at {target}. Or let them in at {target} yourself and set firewall=keep on the connection.',
    link: links.aksEgress,
    commands: {
      cli: "az network vnet subnet show --ids '{subnet}' --query routeTable.id\naz network route-table route list --ids ROUTE_TABLE_ID",
    },
  },
  NoEgress: {
    kind: 'reach',
    text: 'The cluster {cluster} has no route to public addresses, so {target} has no address to let in.',
    cause: 'Its outbound type is {outboundType}: AKS gives the nodes no route to the internet.',
    remediation:
      'Reach {target} through a private endpoint in the network of the cluster, then set firewall=keep on the connection. If the network has a route to the internet after all, add its public addresses to a policy that names the cluster, as "egress": ["203.0.113.7"].',
    link: links.aksIsolated,
  },
  NatGatewayMissing: {
    kind: 'fault',
    text: 'No NAT gateway is attached to subnet {subnet} of {cluster}, so the addresses of its pods are unknown.',
    cause:
      'With outbound type userAssignedNATGateway pods leave through the gateway of their subnet, or else by a route that Azure does not report.',
    remediation:
      'Attach the NAT gateway to the subnet. Or add the public addresses to a policy that names the cluster, as "egress": ["203.0.113.7"].',
    link: links.aksNatGateway,
    commands: { cli: "az network vnet subnet update --ids '{id}' --nat-gateway NAT_GATEWAY_ID" },
  },
  UnreadableEgress: {
    kind: 'reach',
    text: 'The app cannot read an outbound resource of {cluster}: {id}.',
    cause: 'Public addresses, subnets and NAT gateways can be in a group or subscription that the app may not read: {message}',
    remediation:
      'Give the app the Reader role there. Or add the public addresses to a policy that names the cluster, as "egress": ["203.0.113.7"]; or let them in at the target yourself and set firewall=keep on the connections.',
    ...pages.permissions,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role Reader --scope '{id}'",
    },
  },
} as const satisfies Rows

const nameIn = (id: string | undefined): string => parseResourceId(id)?.name ?? 'of the connection'
