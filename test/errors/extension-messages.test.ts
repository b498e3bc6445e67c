// Every message that the troubleshooting page of Azure Service Connector names, word for word, wherever it comes from: the answer to a write, or an operation
// that failed. https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks#troubleshoot-and-view-logs
import { describe, expect, it } from 'vitest'
import { problemOf } from '../../src/errors/catalogue.ts'
import { failureOf } from '../../src/errors/classify.ts'
import { registries } from '../../src/errors/problems/extension.ts'

/** Message, code of the app, and who acts: the app tries again (retry), it passes by itself (heal), a person has to (ask). */
const messages: readonly (readonly [message: string, code: string, who: 'retry' | 'heal' | 'ask'])[] = [
  ['Unable to get a response from the agent in time', 'ExtensionAgentSilent', 'retry'],
  [
    'Extension pods can\'t be scheduled if all the node pools in the cluster are "CriticalAddonsOnly" tainted',
    'ExtensionNotSchedulable',
    'ask',
  ],
  ['Unable to download the Helm chart from the repo URL', 'ExtensionEgressBlocked', 'ask'],
  ['Timed out waiting for resource readiness', 'ExtensionHelmTimeout', 'retry'],
  ['Helm chart rendering failed with given values', 'ExtensionChartRefused', 'ask'],
  ['Resource already exists in your cluster', 'ExtensionResourceExists', 'ask'],
  ['Operation is already in progress for Helm', 'ExtensionHelmBusy', 'heal'],
  ['Operation returned an invalid status code: Conflict', 'ExtensionConflict', 'heal'],
  ["Operation returned an invalid status code 'Conflict'", 'ExtensionConflict', 'heal'],
  [
    'You do not have permission to perform Microsoft.KubernetesConfiguration/extensions/write. If access was recently granted, please refresh your credentials',
    'RightMissing',
    'ask',
  ],
  ["The subscription is not registered to use namespace 'Microsoft.KubernetesConfiguration'", 'ProviderNotRegistered', 'ask'],
  // docs/azure-behaviour.md#extension-errors, from recordings and reports
  [
    " error: Unable to get the status from the local CRD with the error : {Error : Retry for given duration didn't get any results with err {status not populated}}",
    'ExtensionAgentSilent',
    'retry',
  ],
  ['job failed: BackoffLimitExceeded', 'ExtensionJobFailed', 'retry'],
  ['Timed out waiting for the resource to come to a ready/completed state.', 'ExtensionHelmTimeout', 'retry'],
  [
    'Failed to pull image "scaksextension.azurecr.io/prod/image/sc-operator:20251013.1": failed to authorize: 401 Unauthorized',
    'ExtensionImageRefused',
    'ask',
  ],
  ['Update failed for this resource, as there is a conflicting operation in progress. Please try after sometime.', 'Busy', 'heal'],
  ['There is a conflicting operation in progress for this extension. Please retry the operation.', 'Busy', 'heal'],
]
const who = { transient: 'retry', busy: 'heal', manual: 'ask', permission: 'ask' } as Readonly<Record<string, string>>
const doing = 'hand over sc-data-secret'
const words = (message: string): string => `The extension operation failed with the following error:  ${message}`

describe.each([
  ['the error of an operation', (message: string) => ({ body: { error: { code: 'ExtensionOperationFailed', message: words(message) } } })],
  ['the answer to a write', (message: string) => ({ status: 400, body: { error: { code: 'ExtensionOperationFailed', message } } })],
  [
    'a detail of an operation',
    (message: string) => ({
      body: {
        error: {
          code: 'ResourceOperationFailure',
          message: "The resource operation completed with terminal provisioning state 'Failed'.",
          details: [{ code: 'ExtensionCreationFailed', message }],
        },
      },
    }),
  ],
])('in %s', (_, raw) => {
  it.each(messages)('knows: %s', (message, code, acts) => {
    const { fields } = failureOf({ ...raw(message), doing })
    const { text, cause, remediation, link } = problemOf(fields)
    expect({ code: fields.code, who: who[fields.class] }).toEqual({ code, who: acts })
    expect(link).toMatch(/^https:|^docs\//)
    expect(`${text} ${cause} ${remediation}`).not.toMatch(/\(not known\)|undefined|\{\w+\}/)
    // Who acts is said as well as done.
    if (acts !== 'ask') expect(remediation).toMatch(/ (again|by itself)\b/)
  })
})

it('names both registries where the way out may be blocked', () => {
  for (const code of ['ExtensionEgressBlocked', 'ExtensionImageRefused', 'ExtensionAgentSilent'] as const)
    for (const registry of registries) expect(problemOf({ code, about: {} }).remediation).toContain(registry)
})

it('takes the action out of a refusal that Azure Service Connector shortens', () => {
  const message =
    "You do not have permission to perform action 'Microsoft.ContainerService/managedClusters/extensionaddons/write' over scope '/subscriptions/s/x'."
  expect(failureOf({ status: 403, body: { error: { code: 'Forbidden', message } }, doing }).fields).toMatchObject({
    class: 'permission',
    about: { action: 'Microsoft.ContainerService/managedClusters/extensionaddons/write', scope: '/subscriptions/s/x' },
  })
})
