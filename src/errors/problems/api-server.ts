// Why the app does not reach an API server, or is not let in.
import { links, pages, type Rows } from './row.ts'

/** Ways that need no access to the API server. */
const throughAzure =
  'let its objects get there through Azure: with transport=run-command on the connection the app runs kubectl in a pod of the cluster (a policy must list it in `transports`, and the cluster must have Entra integration); with transport=flux, for connections without a secret, Flux in the cluster pulls them (see docs/transports.md); with transport=extension it uses the extension of Service Connector (a policy must list it, and have `changeClusters` and, because the app cannot see existing objects, `adopt`).'

export const apiServerRows = {
  KubernetesSignInRefused: {
    kind: 'fault',
    text: "The API server of {cluster} does not accept the app's token: {doing}.",
    cause: "The cluster trusts another Entra tenant, or does not know the app's identity yet (some minutes after a role was assigned).",
    remediation:
      "Compare the cluster's tenant (aadProfile.tenantID) with the app's. If they are the same, the token is accepted within minutes.",
    link: links.aksEntra,
  },
  KubernetesUnreachable: {
    kind: 'reach',
    text: 'The API server of {cluster} cannot be reached: {message}',
    cause: 'It does not answer, or its name does not resolve where the app runs.',
    remediation: 'The app tries again by itself. If this continues, check the network and the proxy of the app.',
    link: links.aksApiServer,
  },
  ClusterPrivate: {
    kind: 'reach',
    text: 'The cluster {cluster} is private, and its API server does not answer the app.',
    cause: 'The API server of a private cluster is reachable from its virtual network only, and the app runs outside of it.',
    remediation: `Connect the app to the network of the cluster. Or ${throughAzure}`,
    link: links.aksPrivate,
  },
  ApiServerRanges: {
    kind: 'reach',
    text: 'The API server of {cluster} admits authorized address ranges only, and does not answer the app.',
    cause: 'The outbound addresses of the app are not in these ranges.',
    remediation: `Add the app's outbound addresses to the authorized ranges of the cluster. Or ${throughAzure}`,
    link: links.aksRanges,
  },
  LocalAccounts: {
    kind: 'reach',
    text: 'The cluster {cluster} issues certificates instead of Entra sign-in, and the app does not use them.',
    cause:
      'It is not integrated with Entra ID: its kubeconfig holds a static credential with all rights, which cannot be limited or revoked.',
    remediation: "Enable Entra integration for the cluster; with Azure RBAC the app's rights are role assignments.",
    link: links.aksLocalAccounts,
    commands: { cli: "az aks update --ids '{id}' --enable-aad --enable-azure-rbac" },
  },
  KubeconfigNotTrusted: {
    kind: 'reach',
    text: 'The app does not use the kubeconfig that Azure returned for {cluster}: {wrong}.',
    cause: 'It must name the API server that ARM names, over HTTPS and with its certificate authority.',
    remediation: 'Check who may change the cluster. If the cluster was just created again, wait: the app reads it again by itself.',
    ...pages.how,
  },
} as const satisfies Rows
