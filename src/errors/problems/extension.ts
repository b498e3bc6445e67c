// Problems of the cluster extension that transport `extension` works by: every message that the original documents, and what it leaves
// unsaid. Who acts on it stands in the cure: we try again (retry), a later look mends it (heal), or a person has to (ask); the class in
// ../extension-rules.ts says the same to the loop. https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks
import { links, pages, type Rows } from './row.ts'

/**
 * The image of `sc-job` came from the first until 2025 and comes from the second since (https://github.com/MicrosoftDocs/azure-docs/pull/128092);
 * which of them a cluster needs is up to the version of the extension that it has.
 */
export const registries = ['scaksextension.azurecr.io', 'mcr.microsoft.com'] as const
const openRegistries = `Allow outbound HTTPS to both registries that the extension's images have come from, ${registries.join(' and ')} (with *.data.mcr.microsoft.com), and to the extension service, <region>.dp.kubernetesconfiguration.azure.com.`
const events = 'kubectl get events,jobs,pods --namespace sc-system'
const statuses =
  "az k8s-extension show --cluster-type managedClusters --subscription {subscription} --resource-group '{group}' --cluster-name '{clusterName}' --name sc-extension --query statuses"

export const extensionRows = {
  ExtensionAgentSilent: {
    text: 'The extension agent did not answer in time: {doing}.',
    cause: 'Its pods in the cluster are not scheduled, or cannot reach Azure: {message}',
    cure: `It is tried again by itself, with growing pauses. If it stays so, look at the pods of kube-system and sc-system. ${openRegistries}`,
    link: links.scTroubleshooting,
    commands: { cli: events },
  },
  ExtensionNotSchedulable: {
    text: 'No pod of the extension can be scheduled on {cluster}: all of its node pools are tainted CriticalAddonsOnly.',
    cause: 'The extension and its job tolerate no taints, so they need one node pool without this one.',
    cure: 'Add a node pool without the taint CriticalAddonsOnly, or use transport direct, which needs no pod. It goes on by itself.',
    link: links.scTroubleshooting,
    words: (about) => ({ cluster: about.cluster ?? 'the cluster' }),
  },
  ExtensionEgressBlocked: {
    text: 'The cluster could not download the chart of the extension: {doing}.',
    cause: 'A firewall on its way out blocks the registry: {message}',
    cure: `${openRegistries} It is looked at again by itself.`,
    link: links.scTroubleshooting,
  },
  ExtensionImageRefused: {
    text: 'The registry did not give the image of the extension job: {doing}.',
    cause:
      'The image is gone or refused at its registry, as in 2025 (https://github.com/Azure/AKS/issues/5276, https://github.com/Azure/AKS/issues/5493), or the way there is blocked: {message}',
    cure: `${openRegistries} If the registry itself refuses, update the extension, or use transport direct, which needs no image.`,
    link: 'https://github.com/Azure/AKS/issues/5493',
    commands: { cli: events },
  },
  ExtensionHelmTimeout: {
    text: 'Helm waited too long for the extension to be ready: {doing}.',
    cause: 'A pod of it does not start or its job does not end: {message}',
    cure: 'It is tried again by itself, with growing pauses. If it stays so, the events of sc-system say which pod, and why.',
    link: links.scTroubleshooting,
    commands: { cli: events },
  },
  ExtensionChartRefused: {
    text: 'Helm could not render the chart of the extension with what it was given: {doing}.',
    cause: 'The version of the extension in this cluster does not know these values: {message}',
    cure: 'Let the extension upgrade itself (auto-upgrade on, no pinned version), or use transport direct; and report it as a bug of this app.',
    link: links.scTroubleshooting,
  },
  ExtensionResourceExists: {
    text: 'Helm found something that is there already and not its own: {doing}.',
    cause: 'An object with a name of the release was made by hand or left by an earlier release: {message}',
    cure: 'Delete the object that the message names if nobody needs it; it is looked at again by itself.',
    link: links.scTroubleshooting,
  },
  ExtensionHelmBusy: {
    text: 'Helm is at work on the extension already: {doing} has to wait.',
    cause: 'Another change of the release is under way, or was cut off: {message}',
    cure: 'Nothing has to be done; it is tried again. If it stays so for an hour, roll the release back.',
    link: links.scTroubleshooting,
    commands: { cli: 'helm history sc-extension --namespace sc-system' },
  },
  ExtensionConflict: {
    text: 'The cluster or the extension is being changed by somebody else: {doing} has to wait.',
    cause:
      'AKS carries out one operation at a time, also where its state reads Succeeded; or Microsoft.KubernetesConfiguration is not registered: {message}',
    cure: 'Nothing has to be done while the cluster is updating; it is tried again. If it stays so, register Microsoft.KubernetesConfiguration in the subscription.',
    link: links.scTroubleshooting,
    commands: { cli: 'az provider register --namespace Microsoft.KubernetesConfiguration' },
  },
  ExtensionJobFailed: {
    text: 'The job of the extension failed in the cluster: {doing}.',
    cause: '{message}',
    cure: 'It is tried again by itself, with growing pauses. GET …/diagnosis of the connection shows the job and its last lines.',
    link: links.scTroubleshooting,
    commands: { cli: 'kubectl logs job/sc-job --namespace sc-system' },
  },
  ExtensionFailed: {
    text: 'The extension sc-extension of {cluster} is not well: {message}',
    cause: 'That is what its own status says.',
    cure: 'The extension is put again by itself, with growing pauses, where it was made by this app; otherwise its owner has to mend it.',
    link: links.scTroubleshooting,
    commands: { cli: statuses },
  },
  ExtensionNotInstalled: {
    text: 'The extension sc-extension is not on the cluster {cluster}, and is not installed by this app.',
    cause: 'No policy with `changeClusters` covers this cluster, the step only reports, or the app lacks the right for it.',
    cure: 'Install it where the cluster is declared, allow it with `changeClusters` in a policy, or use transport direct, which needs none.',
    ...pages.transports,
    words: (about) => ({ cluster: about.cluster ?? about.id?.split('/').at(-1) ?? 'of the connection' }),
  },
  ExtensionRemoved: {
    text: 'The extension sc-extension is gone from {cluster}, so nothing can be said of {thing}.',
    cause: 'Somebody uninstalled it. What it had written can still be in the cluster, but nobody looks after it now.',
    cure: 'It is installed again by itself where a policy allows to change this cluster, and everything is handed over anew. Otherwise install it, or use transport direct.',
    ...pages.transports,
  },
  ExtensionOfAnother: {
    text: 'The name sc-extension is taken on {cluster} by an extension of type {type}.',
    cause: 'Service Connector needs this name for its own type.',
    cure: 'Remove that extension if nobody needs it, or use transport direct.',
    ...pages.transports,
  },
} as const satisfies Rows
