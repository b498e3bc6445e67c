// Problems of the cluster extension behind transport `extension`: every message that Azure Service Connector documents, and more. The remediation
// says who acts: the app retries, a later read repairs it, or a person has to; the class in ../extension-rules.ts tells the loop the same.
// https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks
import { type About, links, pages, type Rows } from './row.ts'

/**
 * The image of `sc-job` came from the first until 2025 and comes from the second since (https://github.com/MicrosoftDocs/azure-docs/pull/128092);
 * which of them a cluster needs depends on its version of the extension.
 */
export const registries = ['scaksextension.azurecr.io', 'mcr.microsoft.com'] as const
const openRegistries = `Allow outbound HTTPS to both registries that the extension's images have come from, ${registries.join(' and ')} (with *.data.mcr.microsoft.com), and to the extension service, <region>.dp.kubernetesconfiguration.azure.com.`
const events = 'kubectl get events,jobs,pods --namespace sc-system'
const statuses =
  "az k8s-extension show --cluster-type managedClusters --subscription {subscription} --resource-group '{group}' --cluster-name '{clusterName}' --name {extension} --query statuses"

const named = ({ extension = 'sc-extension' }: About): About => ({ extension })

export const extensionRows = {
  ExtensionAgentSilent: {
    kind: 'feature',
    text: 'The extension agent did not respond in time: {doing}.',
    cause: 'Its pods in the cluster are not scheduled, or cannot reach Azure: {message}',
    remediation: `The app tries again with growing pauses. If this continues, check the pods of kube-system and sc-system. ${openRegistries}`,
    link: links.scTroubleshooting,
    commands: { cli: events },
  },
  ExtensionNotSchedulable: {
    kind: 'feature',
    text: 'No pod of the extension can be scheduled on {cluster}: all of its node pools have the taint CriticalAddonsOnly.',
    cause: 'The extension and its job tolerate no taints, so they need a node pool without this one.',
    remediation:
      'Add a node pool without the taint CriticalAddonsOnly, or do without the extension: transport direct needs no pod, and a store can be read without its provider. The app continues by itself.',
    link: links.scTroubleshooting,
    words: (about) => ({ cluster: about.cluster ?? 'the cluster' }),
  },
  ExtensionEgressBlocked: {
    kind: 'feature',
    text: 'The cluster could not download the chart of the extension: {doing}.',
    cause: 'A firewall between the cluster and the registry blocks it: {message}',
    remediation: `${openRegistries} The app checks again by itself.`,
    link: links.scTroubleshooting,
  },
  ExtensionImageRefused: {
    kind: 'feature',
    text: 'The registry did not serve the image of the extension job: {doing}.',
    cause:
      'The registry lost or refuses the image, as in 2025 (https://github.com/Azure/AKS/issues/5276, https://github.com/Azure/AKS/issues/5493), or the route to it is blocked: {message}',
    remediation: `${openRegistries} If the registry itself refuses, update the extension, or use transport direct, which needs no image.`,
    link: 'https://github.com/Azure/AKS/issues/5493',
    commands: { cli: events },
  },
  ExtensionHelmTimeout: {
    kind: 'feature',
    text: 'Helm timed out while waiting for the extension to be ready: {doing}.',
    cause: 'One of its pods does not start, or its job does not end: {message}',
    remediation: 'The app tries again with growing pauses. If this continues, the events of sc-system name the pod and the reason.',
    link: links.scTroubleshooting,
    commands: { cli: events },
  },
  ExtensionChartRefused: {
    kind: 'feature',
    text: 'Helm could not render the chart of the extension with the given values: {doing}.',
    cause: 'The version of the extension in this cluster does not know these values: {message}',
    remediation:
      'Let the extension upgrade itself (auto-upgrade on, no pinned version), or use transport direct; and report it as a bug of this app.',
    link: links.scTroubleshooting,
  },
  ExtensionResourceExists: {
    kind: 'feature',
    text: 'Helm found an existing object that it does not own: {doing}.',
    cause: 'An object with a name of the release was created by hand or left by an earlier release: {message}',
    remediation: 'Delete the object that the message names if it is not needed; the app continues by itself.',
    link: links.scTroubleshooting,
  },
  ExtensionHelmBusy: {
    kind: 'feature',
    text: 'Helm is already working on the extension: {doing} has to wait.',
    cause: 'Another change of the release is in progress, or was interrupted: {message}',
    remediation: 'No action is needed; the app tries again. If this lasts for an hour, roll the release back.',
    link: links.scTroubleshooting,
    commands: { cli: 'helm history sc-extension --namespace sc-system' },
  },
  ExtensionConflict: {
    kind: 'feature',
    text: 'Another operation is changing the cluster or the extension: {doing} has to wait.',
    cause:
      'AKS carries out one operation at a time, even where its state reads Succeeded; or Microsoft.KubernetesConfiguration is not registered: {message}',
    remediation:
      'No action is needed while the cluster is updating; the app tries again. If this continues, register Microsoft.KubernetesConfiguration in the subscription.',
    link: links.scTroubleshooting,
    commands: { cli: 'az provider register --namespace Microsoft.KubernetesConfiguration' },
  },
  ExtensionJobFailed: {
    kind: 'feature',
    text: "The extension's job failed in the cluster: {doing}.",
    cause: '{message}',
    remediation: 'The app tries again with growing pauses. GET …/diagnosis of the connection shows the job and its last lines.',
    link: links.scTroubleshooting,
    commands: { cli: 'kubectl logs job/sc-job --namespace sc-system' },
  },
  ExtensionFailed: {
    kind: 'feature',
    text: 'The extension {extension} of {cluster} is unhealthy: {message}',
    cause: 'Its own status says so.',
    remediation: 'If the app installed the extension, it writes it again with growing pauses; otherwise its owner must repair it.',
    link: links.scTroubleshooting,
    commands: { cli: statuses },
    words: named,
  },
  ExtensionNotInstalled: {
    kind: 'feature',
    text: 'An extension that the connection needs is not installed on the cluster {cluster}, and this app does not install it.',
    cause: 'No policy with `changeClusters` covers this cluster, the step only reports, or the app lacks the right.',
    remediation:
      'Install it where the cluster is declared, allow it with `changeClusters` in a policy, or do without it: transport direct needs no extension.',
    ...pages.transports,
    words: (about) => ({ cluster: about.cluster ?? about.id?.split('/').at(-1) ?? 'of the connection' }),
  },
  ExtensionRemoved: {
    kind: 'feature',
    text: 'The extension sc-extension is gone from {cluster}, so the state of {object} is unknown.',
    cause: 'The extension was uninstalled. What it wrote can still be in the cluster, but is no longer maintained.',
    remediation:
      'Where a policy allows the app to change this cluster, it installs the extension again and hands everything over again. Otherwise install it, or use transport direct.',
    ...pages.transports,
  },
  ExtensionOfAnother: {
    kind: 'feature',
    text: 'On {cluster} the name {extension} belongs to an extension of type {type}.',
    cause: 'Its own type needs this name.',
    remediation: 'Remove that extension if it is not needed, or do without it: transport direct needs none.',
    ...pages.transports,
    words: named,
  },
} as const satisfies Rows
