// Problems of commands that Azure runs in a cluster (transport `run-command`).
import { links, pages, type Rows } from './row.ts'

export const runCommandRows = {
  CommandRunsAsAdmin: {
    kind: 'reach',
    text: 'A command that Azure runs in {cluster} would run as cluster administrator, so the app runs none.',
    cause: 'The cluster is not integrated with Entra ID: kubectl in the pod of the command then has a certificate with all rights.',
    remediation:
      "Enable Entra integration for the cluster: commands then run with the app's own rights. Or take transport direct from a network that reaches the cluster.",
    link: links.aksEntra,
    commands: { cli: "az aks update --ids '{id}' --enable-aad --enable-azure-rbac" },
  },
  CommandHasAllRights: {
    kind: 'reach',
    text: 'A command that Azure runs in {cluster} may do everything there, so it ended before it read or wrote anything.',
    cause: "The app's identity is cluster administrator, or the command got other rights than those of the app.",
    remediation: "Give the app's identity the rights that it needs in this cluster, and no role that makes it an administrator.",
    ...pages.permissions,
  },
  RunCommandDisabled: {
    kind: 'reach',
    text: 'The cluster {cluster} does not accept commands through Azure.',
    cause: 'The feature is switched off in its settings (apiServerAccessProfile.disableRunCommand).',
    remediation:
      'Switch it on where the cluster is declared, if its owner agrees; or take another transport: direct from a network that reaches the cluster, or extension.',
    link: links.aksRunCommand,
    commands: { cli: "az aks update --ids '{id}' --enable-run-command" },
  },
  CommandNotStarted: {
    kind: 'reach',
    text: 'The command in {cluster} did not come to its end: {message}',
    cause:
      'AKS starts a pod for it (200m CPU, 500 Mi of memory) in namespace aks-command and gives up after a minute: no node has room, the image is slow to come, or a policy does not admit the pod.',
    remediation:
      'The app tries again by itself. If this continues, look at the pods of namespace aks-command: give them room, and exempt the namespace from policies that refuse them.',
    link: links.aksCommandFailures,
  },
  CommandCutShort: {
    kind: 'reach',
    text: 'The command in {cluster} ended without the whole answer.',
    cause: 'The pod was stopped on the way, its output is longer than Azure keeps, or kubectl did not reach the API server.',
    remediation: 'The app reads again by itself; what it does not know it neither writes nor deletes.',
    link: links.aksCommandFailures,
  },
  CommandNotDue: {
    kind: 'reach',
    text: 'The cleanup looks into {cluster} by a command, at most every six hours: again after {due}.',
    cause: 'Its API server does not answer the app, and each command needs a pod in the cluster.',
    remediation: 'No action is needed; what was asked for there is done then.',
    ...pages.transports,
  },
} as const satisfies Rows
