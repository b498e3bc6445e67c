// Problems about who may connect to what, and who declares it.
import { type About, links, pages, type Rows } from './row.ts'

export const consentRows = {
  NotAllowed: {
    text: 'No policy allows {cluster}, namespace {namespace}, to connect to {target} with auth {auth}.',
    cause: 'Nothing is allowed by default: a policy has to name cluster, target, namespace, auth and role, and every transport but direct.',
    cure: 'Somebody who may write policies adds to one of them, or to a new one: {line}',
    ...pages.policies,
    words: (about: About) => ({ line: about.line ?? policyLine(about) }),
  },
  ConsentWithdrawn: {
    text: 'The connection to {target} is no longer allowed and will be taken away at {until}.',
    cause: 'The policy that allowed it was changed or deleted.',
    cure: 'Restore the policy before then to keep the connection: {line}',
    ...pages.policies,
    words: (about: About) => ({ line: about.line ?? policyLine(about) }),
  },
  GivenIdentityNotAllowed: {
    text: 'No policy allows connections to use the identity {identity}.',
    cause: 'Who may use an identity gains all of its rights, so a policy has to name each identity that connections bring along.',
    cure: 'Add the identity to `identities` of the policy that allows the connection, or leave it out: then one is made for it.',
    ...pages.policies,
  },
  SystemIdentity: {
    text: 'The identity {identity} belongs to a cluster itself and cannot be used for connections.',
    cause: "It is the identity of the control plane, the kubelet or an add-on: a pod with it could act as the cluster's own management.",
    cure: 'Name another user-assigned identity, or none: then one is made for the connection.',
    ...pages.permissions,
  },
  CallerNotAllowed: {
    text: 'The caller may not change the connection {name}.',
    cause: 'The policies that allow this connection ({policies}) name in `callers` who may put, look at and delete it.',
    cure: 'Add the client id, the object id or a group of the caller to `callers` of one of these policies, or ask one of those who are named.',
    ...pages.policies,
  },
  OwnIdentity: {
    text: 'The identity {identity} is that of this app, and cannot be used for connections.',
    cause: 'A pod with it could do all that the app may do. No policy can allow that.',
    cure: 'Name another user-assigned identity, or none: then one is made for the connection.',
    ...pages.policies,
  },
  OwnResource: {
    text: '{target} holds the state or the secrets of this app, and cannot be connected.',
    cause: 'A pod that could write there could change policies and connections. No policy can allow that.',
    cure: 'Keep the data of the workload in an account of its own, and connect that.',
    ...pages.policies,
  },
  IdentityOfAnother: {
    text: 'The identity {identity} was made for another workload, and cannot be used by this connection.',
    cause:
      'An identity that a Service Connector makes is for one workload in one namespace of one cluster: another pod with it would gain its access. It is known by its record, its tags, and a name like sc-<cluster>-<namespace>-<workload>-<key>.',
    cure: 'Leave the identity out, then one is made for this workload; or make an identity of another name for both, and name it on both connections.',
    ...pages.policies,
  },
  SystemNamespace: {
    text: 'The namespace {namespace} belongs to the system and cannot be connected.',
    cause: 'Namespaces of Kubernetes and of Azure (kube-…, sc-system, gatekeeper-system and the like) hold no workloads of yours.',
    cure: 'Use the namespace in which the workload runs.',
    link: links.namespaces,
  },
  DeclaredElsewhere: {
    text: 'The connection {name} is declared by {origin} and cannot be changed here.',
    cause: 'One connection has one author; otherwise two would overwrite each other for ever.',
    cure: 'Change it where it is declared ({where}), or choose another name.',
    ...pages.how,
    words: (about: About) => ({ where: about.where ?? about.origin ?? 'its author' }),
  },
  NameTaken: {
    text: 'The name {name} is taken: {by}.',
    cause:
      'Names become names of Kubernetes Secrets, where case, dots and underscores are lost, so that two names can mean the same Secret.',
    cure: 'Choose a name that differs in its letters, digits or dashes.',
    ...pages.tags,
    words: (about: About) => ({ by: about.by ?? 'another connection of this cluster has the same Secret' }),
  },
  BadTag: {
    text: 'The tag {tag} is not understood: {wrong}.',
    cause: 'A tag declares a connection as `connect-<name>` = `<type>:<target>?<option>=<value>&…`.',
    cure: 'Write it like this: {example}',
    ...pages.tags,
    words: (about: About) => ({ example: about.example ?? 'connect-data = blob:stdata?namespace=shop' }),
  },
  UnknownTarget: {
    text: 'The target {target} is of no type that can be connected.',
    cause: 'This version connects to: {types}.',
    cure: 'Name one of these types; the target is given by full id, or by name, group/name or subscription/group/name in a tag.',
    ...pages.tags,
    words: (about: About) => ({ types: about.types ?? 'those of docs/targets.md' }),
  },
  TagWithdrawn: {
    text: 'The tag of connection {name} on cluster {cluster} is gone; the connection is kept until {until}, and then taken back.',
    cause: 'Whoever took the tag away may have meant it, or have replaced all tags of the cluster: `az aks update --tags` does.',
    cure: 'Put the tag {tag} back to keep the connection. Where it was meant to go, nothing has to be done.',
    ...pages.tags,
    warning: true,
  },
  ManyVanished: {
    text: '{count} connections of {cluster} lost their declaration in one read; they are kept until {until}.',
    cause: 'So many at once look like a deployment that replaced the tags of the cluster by mistake.',
    cure: 'Put the tags back to keep the connections. Where they were meant to go, wait, or delete them over HTTP.',
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
      ...(about.identity ? { identities: [about.identity] } : {}),
      ...(about.transport ? { transports: [about.transport], changeClusters: true } : {}),
    },
  })
