// Messages of failures of Service Connector's extension, Helm and the job in the cluster. The same words come in the answer to a write, nested in the
// error of an operation, in `statuses` and in a condition of the job, so only the text counts.
import type { Rule } from './rule.ts'

export const extensionRules: readonly Rule[] = [
  { text: /node pools? in the cluster are "?CriticalAddonsOnly"? tainted/i, class: 'manual', is: 'ExtensionNotSchedulable' },
  { text: /ImagePullBackOff|ErrImagePull|Failed to pull (?:and unpack )?image/i, class: 'manual', is: 'ExtensionImageRefused' },
  { text: /Unable to download the Helm chart from the repo URL/i, class: 'manual', is: 'ExtensionEgressBlocked' },
  { text: /Operation is already in progress for Helm/i, class: 'busy', is: 'ExtensionHelmBusy' },
  { text: /Helm chart rendering failed with given values/i, class: 'manual', is: 'ExtensionChartRefused' },
  { text: /Resource already exists in your cluster/i, class: 'manual', is: 'ExtensionResourceExists' },
  { text: /Timed out waiting for (?:the )?resource (?:readiness|to come to a ready)/i, class: 'transient', is: 'ExtensionHelmTimeout' },
  { text: /job failed: BackoffLimitExceeded/i, class: 'transient', is: 'ExtensionJobFailed' },
  {
    text: /Unable to get a response from the agent in time|Unable to get the status from the local CRD/i,
    class: 'transient',
    is: 'ExtensionAgentSilent',
  },
  { text: /Operation returned an invalid status code:? '?Conflict/i, class: 'busy', is: 'ExtensionConflict' },
  { text: /The subscription is not registered to use namespace/i, class: 'manual', is: 'ProviderNotRegistered' },
  { text: /You do not have permission to perform/i, class: 'permission', is: 'RightMissing' },
]
