// Problems about who may connect to what, and who declares it.
import { type About, links, pages, type Rows } from './row.ts'

export const consentRows = {
  NotAllowed: {
    kind: 'consent',
    text: 'No policy allows {cluster}, namespace {namespace}, to connect to {target} with auth {auth}.',
    cause:
      'Nothing is allowed by default: a policy must name cluster, target, namespace, auth and role, every transport but direct, and how the identity trusts the pods where that is not by federated credentials (or is, and the policy allows bindings only).',
    remediation: 'Ask a policy writer to extend a policy, or to add one: {line}',
    ...pages.policies,
    words: (about: About) => ({ line: about.line ?? policyLine(about) }),
  },
  ConsentWithdrawn: {
    kind: 'consent',
    text: 'The connection to {target} is no longer allowed and will be removed at {until}.',
    cause: 'The policy that allowed it was changed or deleted.',
    remediation: 'Restore the policy before then to keep the connection: {line}',
    ...pages.policies,
    words: (about: About) => ({ line: about.line ?? policyLine(about) }),
  },
  ProvidedIdentityNotAllowed: {
    kind: 'consent',
    text: 'No policy allows connections to use the identity {identity}.',
    cause: 'A workload that uses an identity gains all of its rights, so a policy must name each identity that connections provide.',
    remediation: 'Add the identity to `identities` of the policy that allows the connection, or leave it out: the app then creates one.',
    ...pages.policies,
  },
  SystemIdentity: {
    kind: 'fault',
    text: 'The identity {identity} belongs to a cluster and cannot be used by connections.',
    cause: "It is the identity of the control plane, the kubelet or an add-on: a pod with it could act as the cluster's own management.",
    remediation: 'Name another user-assigned identity, or none: the app then creates one.',
    ...pages.permissions,
  },
  CallerNotAllowed: {
    kind: 'fault',
    text: 'The caller may not change the connection {name}.',
    cause: 'The policies that allow this connection ({policies}) name in `callers` who may put, reconcile and delete it.',
    remediation:
      'Add the client id, the object id or a group of the caller to `callers` of one of these policies, or ask one of the callers named there.',
    ...pages.policies,
  },
  OwnIdentity: {
    kind: 'fault',
    text: "The identity {identity} is the app's own and cannot be used by connections.",
    cause: 'A pod with it could do everything that the app may do. No policy can allow that.',
    remediation: 'Name another user-assigned identity, or none: the app then creates one.',
    ...pages.policies,
  },
  OwnResource: {
    kind: 'fault',
    text: '{target} holds the state or the secrets of this app and cannot be connected.',
    cause: 'A pod that could write there could change policies and connections. No policy can allow that.',
    remediation: "Keep the workload's data in an account of its own, and connect that.",
    ...pages.policies,
  },
  IdentityOfAnother: {
    kind: 'fault',
    text: 'The identity {identity} was created for another workload and cannot be used by this connection.',
    cause:
      'An identity that a Service Connector creates serves one workload in one namespace of one cluster: another pod with it would gain its access. It is recognized by its record, its tags, or a name like sc-<cluster>-<namespace>-<workload>-<key>.',
    remediation:
      'Leave the identity out; the app then creates one for this workload. Or create an identity under another name for both, and name it on both connections.',
    ...pages.policies,
  },
  RotationNotAllowed: {
    kind: 'consent',
    text: 'No policy lets the keys of {target} be rotated for this caller and its connections.',
    cause:
      'A rotation ends the access of everyone who uses a key of {target}, also of those that this app does not know. So a policy that covers the connection must say `rotateKeys`, and admit the caller.',
    remediation: 'Ask a policy writer to add "rotateKeys": true to the policy that allows the connection.',
    ...pages.policies,
  },
  NoKeyUsed: {
    kind: 'declaration',
    text: 'The connection {name} uses no key of {target}: its auth type is {auth}.',
    cause: 'Only the Secret of a connection with a key or connection string of its target has something to rotate.',
    remediation: 'Rotate through a connection with auth `secret`. Client secrets that you provide are rotated by a PUT with the new one.',
    ...pages.http,
  },
  KeyNotRenewable: {
    kind: 'declaration',
    text: 'The credential of {target} cannot be rotated.',
    cause: 'A rotation needs two keys of which one can be regenerated while the other is in use, and this service has no such keys.',
    remediation: 'Create another resource and connect that one, or use an auth type without keys where the service has one.',
    ...pages.targets,
  },
  RotationUnderWay: {
    kind: 'declaration',
    text: 'The keys of {target} are being rotated already, since {since}.',
    cause: 'A target has two keys, so only one rotation can be under way; it covers all connections to {target}.',
    remediation: 'Wait until it has ended. The timeline of a connection with a key of {target} shows what it waits for.',
    ...pages.http,
  },
  SystemNamespace: {
    kind: 'consent',
    text: 'The namespace {namespace} belongs to the system and cannot be connected.',
    cause: 'Namespaces of Kubernetes and of Azure (kube-…, sc-system, gatekeeper-system and the like) hold no workloads of yours.',
    remediation: 'Use the namespace in which the workload runs.',
    link: links.namespaces,
  },
  DeveloperNotAllowed: {
    kind: 'consent',
    text: 'No policy lets {principal} have the roles of the connection {name}.',
    cause: 'Roles for local development are given only to people whom a policy that covers the connection names.',
    remediation: 'Add the object id to developers of the policy, or develop without principal, with roles that the person has.',
    ...pages.policies,
  },
  DeclaredElsewhere: {
    kind: 'declaration',
    text: 'The connection {name} is declared by {origin} and cannot be changed here.',
    cause: 'A connection has one origin; two would overwrite each other again and again.',
    remediation: 'Change it where it is declared ({where}), or choose another name.',
    ...pages.how,
    words: (about: About) => ({ where: about.where ?? about.origin ?? 'its origin' }),
  },
  NamespaceFixed: {
    kind: 'declaration',
    text: 'The connection {name} is in the namespace {namespace} and cannot move to {wanted}.',
    cause:
      'Its Secret and its ServiceAccount are there, and the pods that use them would lose them. A `scope` that is left out means `default`.',
    remediation: 'Write the same scope again, or create a connection of another name in {wanted} and delete this one when no pod uses it.',
    ...pages.how,
  },
  NameTaken: {
    kind: 'declaration',
    text: 'The name {name} is taken: {by}.',
    cause: 'Names become names of Kubernetes Secrets, which lose case, dots and underscores, so two names can mean the same Secret.',
    remediation: 'Choose a name that differs in its letters, digits or dashes.',
    ...pages.tags,
    words: (about: About) => ({ by: about.by ?? 'another connection of this cluster has the same Secret' }),
  },
  InvalidTag: {
    kind: 'declaration',
    text: 'The tag {tag} is not valid: {message}.',
    cause: 'A tag declares a connection as `connect-<name>` = `<type>:<target>?<option>=<value>&…`.',
    remediation: 'Write it like this: {hint}',
    ...pages.tags,
    words: (about: About) => ({ hint: about.hint ?? 'connect-data = storage-blob:stdata?namespace=shop' }),
  },
  InvalidDeclaration: {
    kind: 'declaration',
    text: 'The key {tag} is not valid: {message}.',
    cause: 'A key of a ConfigMap declares a connection of its namespace in the words of a tag: `<type>:<target>?<option>=<value>&…`.',
    remediation: 'Write it like this: {hint}',
    ...pages.tags,
    words: (about: About) => ({ hint: about.hint ?? 'storage-blob:stdata' }),
  },
  UnknownTarget: {
    kind: 'fault',
    text: 'The type of the target {target} cannot be connected.',
    cause: 'This version connects to: {types}.',
    remediation: 'Name one of these types. In a tag the target is a full id, or name, group/name or subscription/group/name.',
    ...pages.tags,
    words: (about: About) => ({ types: about.types ?? 'those of docs/targets/README.md' }),
  },
  TagWithdrawn: {
    kind: 'fault',
    text: 'The tag of connection {name} on cluster {cluster} is gone; the connection is kept until {until} and then removed.',
    cause:
      'The tag may have been removed on purpose, or by a command that replaces all tags of the cluster, such as `az aks update --tags`.',
    remediation: 'Put the tag {tag} back to keep the connection. If it was removed on purpose, no action is needed.',
    ...pages.tags,
    warning: true,
  },
  DeclarationWithdrawn: {
    kind: 'fault',
    text: 'The connection {name} on cluster {cluster} is not declared by {source} any more; it is kept until {until} and then removed.',
    cause: 'The declaration was changed or deleted, or the cluster or the target no longer matches it.',
    remediation: 'Declare it again to keep the connection. If it was removed on purpose, no action is needed.',
    ...pages.policies,
    warning: true,
  },
  PolicyCannotConnect: {
    kind: 'declaration',
    text: 'Rule {rule} of the policy {policy} makes no connection here: {message}.',
    cause: 'The rule matches the cluster, but what it should connect is not clear or not valid.',
    remediation: 'Change the rule; POST /policies/{policy}/preview shows for each cluster what it would do.',
    ...pages.policies,
  },
  ManyVanished: {
    kind: 'declaration',
    text: '{count} connections of {cluster} lost their declaration in one read; they are kept until {until}.',
    cause: 'So many at once look like a deployment that replaced the tags of the cluster by mistake.',
    remediation: 'Put the tags back to keep the connections. If they were removed on purpose, wait, or delete the connections over HTTP.',
    ...pages.tags,
    warning: true,
  },
} as const satisfies Rows

const policyLine = (about: About): string =>
  JSON.stringify({
    allow: {
      clusters: [about.cluster ?? 'subscription/group/cluster'],
      targets: [about.target ?? 'subscription/group/target'],
      namespaces: [about.namespace ?? 'namespace'],
      auth: [about.auth ?? 'auth'],
      ...(about.roles ? { roles: about.roles.split(/[\s,]+/) } : {}),
      ...(about.secret ? { secrets: [about.secret] } : {}),
      ...(about.identity ? { identities: [about.identity] } : {}),
      ...(about.federation ? { federation: [about.federation] } : {}),
      ...(about.changeClusters ? { changeClusters: true } : {}),
      ...(about.transport ? { transports: about.transport.split(', ') } : {}),
    },
  })
