// Problems about the target and its firewall, and about identities.
import { peering } from './peering.ts'
import { privateEndpoint } from './private-endpoint.ts'
import { links, pages, type Rows } from './row.ts'

export const targetRows = {
  TargetGone: {
    kind: 'fault',
    text: 'The target {target} does not exist.',
    cause: 'It was deleted or moved, or never existed; two reads ten minutes apart did not find it.',
    remediation: 'Create it again, or remove the declaration of the connection. Its Secret stays until then.',
    ...pages.how,
  },
  TargetMissing: {
    kind: 'fault',
    text: 'The target {target} was not found; the app reads it once more before it counts as gone.',
    cause: 'It was deleted, moved or misspelled, or Azure does not know it everywhere yet.',
    remediation: 'Check the name. Nothing is removed in the meantime.',
    ...pages.how,
  },
  TargetNotReadable: {
    kind: 'fault',
    text: 'The target {target} cannot be read: {message}',
    cause: 'The app has no right to read it, or does not understand the answer.',
    remediation: 'Give the app the Reader role on it.',
    ...pages.permissions,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role Reader --scope '{id}'",
    },
  },
  TargetWithoutService: {
    kind: 'fault',
    text: 'The target {target} does not offer {service}.',
    cause: 'Its kind does not include this service: {kind}.',
    remediation: 'Name a target that offers it.',
    ...pages.targets,
  },
  SameRegion: {
    kind: 'reach',
    text: 'The firewall of {target} cannot let {cluster}{from} in by its public address: both are in {location}.',
    cause: 'Traffic to {service} from the same region comes from private Azure addresses, on which IP rules have no effect.',
    remediation:
      'Give the subnet of the cluster a service endpoint and add a virtual network rule for it; the app continues by itself. Or use a private endpoint and set firewall=keep on the connection.',
    link: links.storageNetwork,
    commands: {
      ...privateEndpoint,
      cli: "az network vnet subnet update --ids '{subnet}' --service-endpoints {services}\naz {allow} '{name}' --subscription {subscription} --resource-group '{group}' --subnet '{subnet}'",
    },
    words: (about) => ({ from: about.subnetName ? `, subnet ${about.subnetName},` : '' }),
  },
  SubnetNotLetIn: {
    kind: 'reach',
    text: 'The firewall of {target} does not let in subnet {subnetName} of {cluster}.',
    cause:
      'The subnet has a service endpoint for {service}, so its traffic comes from private addresses, on which IP rules have no effect.',
    remediation:
      'Add a virtual network rule for the subnet; the app continues by itself. Or use a private endpoint and set firewall=keep on the connection.',
    link: links.serviceEndpoints,
    commands: {
      ...privateEndpoint,
      cli: "az {allow} '{name}' --subscription {subscription} --resource-group '{group}' --subnet '{subnet}'",
    },
  },
  SecuredByPerimeter: {
    kind: 'reach',
    text: '{target} is secured by a network security perimeter.',
    cause: 'The access rules of the perimeter decide who gets in; IP rules and virtual network rules of {target} have no effect.',
    remediation:
      'Ask the owner of the perimeter for an inbound access rule for {who}, or use a private endpoint. Then set firewall=keep on the connection.',
    link: links.perimeter,
    commands: privateEndpoint,
    words: (about) => ({ who: about.addresses ? `the addresses ${about.addresses}` : 'the outbound addresses of the cluster' }),
  },
  PublicAccessDisabled: {
    kind: 'reach',
    text: 'Public network access to {target} is disabled.',
    cause: 'It is closed to all public addresses on purpose. No rule would let the cluster in, and the app never opens it.',
    remediation: 'Reach it through a private endpoint in the network of the cluster, then set firewall=keep on the connection.',
    ...pages.targets,
    commands: privateEndpoint,
  },
  InsideNetwork: {
    kind: 'reach',
    text: '{target} is inside the virtual network of {subnet}, without a public address.',
    cause: 'It was made with private access, which it keeps. Its firewall rules have no effect, and the app makes none.',
    remediation: '{way}, then set firewall=keep on the connection.',
    link: links.privateServers,
    commands: peering,
    words: ({ inside, cluster = '' }) => ({
      way: inside
        ? `The cluster ${cluster} is in that network: see that the private DNS zone of the server is linked to it`
        : `Put the cluster ${cluster} into the same virtual network or one that is peered with it, link the private DNS zone of the server to that network`,
    }),
  },
  FirewallFull: {
    kind: 'budget',
    text: 'The firewall of {target} would need {count} rules; it holds {max}.',
    cause: 'Each outbound address of each connected cluster needs a rule.',
    remediation:
      'Delete rules that are not needed, or let the clusters in by virtual network rules and set firewall=keep on their connections.',
    ...pages.targets,
  },
  LastRuleStays: {
    kind: 'fault',
    text: 'The last firewall rule of {target} ({addresses}) is kept: without any rule it would accept every network.',
    cause: 'This service counts an empty list of rules as open. The rules of others, beside which the app added its own, are gone.',
    remediation:
      'Disable public network access of the service, or add a rule for a network that may reach it; the app then deletes its own rule within an hour.',
    ...pages.targets,
  },
  TokensNotAccepted: {
    kind: 'fault',
    text: 'The target {target} does not accept tokens of Entra ID.',
    cause: 'Authentication by Entra ID is not enabled on it, so the identity of the pods would be refused.',
    remediation: 'Enable Microsoft Entra authentication on it (a cache restarts for that), or use auth=secret.',
    link: links.redisEntra,
  },
  SharedKeyDisabled: {
    kind: 'fault',
    text: 'The target {target} does not accept keys.',
    cause: 'Its owner disabled access by key (local authentication), so a key or connection string would be refused.',
    remediation: '{instead}',
    ...pages.targets,
    words: (about) => ({
      instead: about.other ? `Use auth=${about.other} instead of auth=secret.` : 'It has no other auth type: ask its owner to allow keys.',
    }),
  },
  AccessPoliciesOnly: {
    kind: 'fault',
    text: 'The vault {target} ignores Azure roles: its access policies decide who may read its secrets.',
    cause:
      'Its permission model is access policies, and the connection has Azure roles. The app writes access policies only on request: the right to write them is a right to read all that is in the vault.',
    remediation:
      'Switch the vault to Azure RBAC: that turns off its access policies, so give a role first to all who rely on them. The app then continues by itself. Or keep the policies: say role=vaultAccessPolicy:reader, where a policy of the app allows it, and give the app the right vault-policies, or run the lines that it then reports. Or make an identity, name it in the connection with role=none, and run az keyvault set-policy --name {target} --object-id <its object id> --secret-permissions get list --certificate-permissions get list.',
    link: links.keyVaultRbac,
    commands: {
      cli: "az keyvault update --subscription {subscription} --resource-group '{group}' --name '{target}' --enable-rbac-authorization true",
    },
  },
  AzureRolesOnly: {
    kind: 'fault',
    text: 'The vault {target} ignores access policies: Azure roles decide who may read its secrets.',
    cause: 'Its permission model is Azure RBAC, and the connection asks for an access policy.',
    remediation: 'Leave out role=vaultAccessPolicy:reader: the connection then gets Azure roles.',
    link: links.keyVaultRbac,
  },
  CredentialNotReadable: {
    kind: 'fault',
    text: 'The answer to {action} on {target} contains no credential.',
    cause: 'The service answered in a form that this version does not know.',
    remediation: 'Update the app; in the meantime use auth=workload-identity.',
    ...pages.how,
  },
  IdentityMissing: {
    kind: 'fault',
    text: 'The identity {identity} does not exist.',
    cause: 'The connection names it and it does not exist: deleted, moved or misspelled.',
    remediation: 'Create it, correct the name, or leave it out: the app then creates one.',
    ...pages.permissions,
  },
  CredentialLimit: {
    kind: 'budget',
    text: 'The identity {identity} would have {count} federated credentials; Azure allows {max}.',
    cause: 'Each cluster and ServiceAccount that uses an identity needs a federated credential of its own.',
    remediation:
      'Write federation=identity-binding (AKS identity bindings need one credential for any number of clusters), or use more than one identity: connections without a provided identity get one per cluster, namespace and workload.',
    link: links.federation,
  },
  BindingsNotOffered: {
    kind: 'fault',
    text: 'AKS offers no identity bindings for cluster {cluster}: its API server is in a virtual network.',
    cause: 'Clusters with API server VNet integration, AKS Automatic among them, cannot bind managed identities.',
    remediation: 'Leave out federation=identity-binding: the identity {identity} then trusts the pods by a federated credential.',
    link: links.identityBindings,
  },
  NotOurs: {
    kind: 'fault',
    text: '{object} already exists, differs from what is needed ({difference}), and is not owned by the app.',
    cause: 'It was created by something else. The app never changes or deletes what it does not own.',
    remediation:
      'Delete or rename it, or let the app take it over: by the annotation service-connector/adopt on a Kubernetes object, or by `adopt` in a policy.',
    ...pages.how,
  },
  Contested: {
    kind: 'fault',
    text: '{object} was reverted three times within a day, by {writer}; the app leaves it as it is now: {difference}.',
    cause: 'Another writer wants a different state, and two that overwrite each other only do harm. Found reverted: {times}.',
    remediation:
      'Have the other writer leave it alone (a GitOps tool: ignore the object; infrastructure as code: ignore the property), or remove the connection. Then ask for a reconcile (POST …/reconcile); by itself the app tries again a day after the first revert.',
    ...pages.how,
    words: (about) => ({ writer: writerOf(about.writer) }),
  },
} as const satisfies Rows

/**
 * Application ids of common tools, the same in every tenant
 * (https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
 */
const writers: Readonly<Record<string, string>> = {
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46': 'Azure CLI',
  '1950a258-227b-4e31-a9cf-717495945fc2': 'Azure PowerShell',
  'c44b4083-3bb0-49c1-b47d-974e53cbdf3c': 'Azure portal',
}

function writerOf(writer = 'an unknown writer'): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(writer)) return writer
  const known = writers[writer.toLowerCase()]
  return known ? `a person with the ${known}` : `the application ${writer}`
}
