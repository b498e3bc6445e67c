// Problems with which Azure Resource Manager, Entra ID or the network path to them answer.

import { roleFor } from './roles.ts'
import { type About, links, pages, type Rows } from './row.ts'

export const azureRows = {
  RightMissing: {
    kind: 'right',
    text: 'The app lacks {action} on {scope}, which it needs to {doing}.',
    cause: 'No role of the app has this action there, or an assignment is still spreading (up to ten minutes).',
    remediation: 'Assign the role {role} to the app on that scope, or make the change by hand. {advice}',
    ...pages.permissions,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role {roleId} --scope '{scope}'",
      bicep: `// deployed at the scope {scope}
resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid('{scope}', '{principal}', '{roleId}')
  properties: {
    principalId: '{principal}'
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{roleId}')
  }
}`,
      terraform: `resource "azurerm_role_assignment" "access" {
  scope              = "{scope}"
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/{roleId}"
  principal_id       = "{principal}"
  principal_type     = "ServicePrincipal"
}`,
    },
    words: (about) => rightWords(about),
  },
  ConditionForbids: {
    kind: 'right',
    text: 'The app may not {doing}: the condition of its role does not allow {provided}.',
    cause:
      'The role that gives the app {action} on {scope} has a condition that limits which roles the app may assign, and to whom. (Azure answers the same where the app has no such role at all.)',
    remediation:
      "Choose a role that the condition allows, or add this one to the condition of the app's role assignment (infra/subscription.bicep). Or assign the role by hand.",
    link: links.delegation,
    words: (about) => ({
      provided: about.provided ?? 'this',
      action: about.action ?? 'the right',
      scope: about.scope ?? 'the resource concerned',
    }),
  },
  LinkedRightMissing: {
    kind: 'right',
    text: 'To {doing}, the app also needs {action} on {scope}.',
    cause:
      'The resource refers to another one, and ARM checks a right on every resource that a write refers to, even where nothing about it changes.',
    remediation:
      'Assign the role {role} to the app on that scope, or make the change yourself: when nothing is left to change, no right is needed. {advice}',
    link: links.rbacTroubleshooting,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role {roleId} --scope '{scope}'",
    },
    words: (about) => rightWords(about),
  },
  Forbidden: {
    kind: 'right',
    text: 'Azure does not allow the app to {doing}: {message}',
    cause: 'Azure recognizes the app but does not allow this; the answer does not say which right is missing.',
    remediation: "Compare the app's rights with the tiers in the documentation.",
    ...pages.permissions,
  },
  PolicyDenies: {
    kind: 'right',
    text: 'Azure Policy does not allow the app to {doing}.',
    cause: 'It is denied by the policy assignment {assignment}.',
    remediation: 'Ask the owner of the policy for an exemption for this resource, or make the change in a way that the policy allows.',
    link: links.policy,
    words: (about) => ({ assignment: about.assignment ?? about.message ?? 'of a policy' }),
  },
  Locked: {
    kind: 'right',
    text: 'A lock prevents this: {doing}.',
    cause: '{message}',
    remediation: 'Remove the lock until the change is made, or make the change yourself. A ReadOnly lock also forbids reading keys.',
    link: links.locks,
  },
  DenyAssignment: {
    kind: 'right',
    text: 'A deny assignment prevents this: {doing}.',
    cause: '{message}',
    remediation:
      'Deny assignments come from managed applications, deployment stacks and locked node resource groups; only their owner can change them. Use a resource outside of their scope.',
    link: links.denyAssignments,
  },
  ProviderNotRegistered: {
    kind: 'change',
    text: 'The subscription is not registered with {provider}, which is needed to {doing}.',
    cause: 'A resource provider must be registered once in each subscription.',
    remediation: 'Register it; this needs a right on the whole subscription.',
    link: links.providers,
    commands: {
      cli: 'az provider register{where}--namespace {provider}',
      terraform: 'resource "azurerm_resource_provider_registration" "provider" {\n  name = "{provider}"\n}',
    },
    words: (about) => ({ where: about.subscription ? ` --subscription ${about.subscription} ` : ' ' }),
  },
  WrongTenant: {
    kind: 'fault',
    text: 'What the app needs to {doing} belongs to another Entra tenant.',
    cause: 'A managed identity gets tokens of its own tenant only, and Azure accepts no others for this resource: {message}',
    remediation:
      "Name a resource in a subscription of the app's tenant, move the subscription to this tenant, or install the app in the other tenant as well.",
    link: links.tenants,
  },
  SubscriptionDisabled: {
    kind: 'fault',
    text: 'The subscription is disabled, so the app cannot {doing}.',
    cause: 'A disabled subscription is read-only: {message}',
    remediation: 'The billing owner must enable the subscription again; the app then continues by itself.',
    link: links.disabledSubscription,
  },
  SubscriptionNotFound: {
    kind: 'fault',
    text: 'The app cannot {doing}: Azure does not find the subscription.',
    cause: 'The id is misspelled, or the subscription was deleted or moved to another tenant: {message}',
    remediation: 'Correct the id of the resource. A moved subscription keeps its id, but only an app in its new tenant can use it.',
    link: links.subscriptionNotFound,
  },
  LimitReached: {
    kind: 'budget',
    text: 'An Azure limit is reached: {doing}. {message}',
    cause: 'The subscription or resource holds as many of these as Azure allows.',
    remediation: 'Delete some that are not needed, or ask Azure support to raise the limit.',
    link: links.limits,
  },
  GroupBeingDeleted: {
    kind: 'fault',
    text: 'The resource group is being deleted, so the app cannot {doing}.',
    cause: '{message}',
    remediation: 'Wait until the group is gone, then remove the declarations of its connections.',
    link: links.armErrors,
  },
  NotFound: {
    kind: 'fault',
    text: 'Azure did not find what is needed to {doing}: {message}',
    cause: 'It was deleted in the meantime, or was just created and is not visible everywhere yet.',
    remediation: 'No action is needed; the app looks for it again.',
    link: links.armErrors,
  },
  NotKnownYet: {
    kind: 'fault',
    text: 'A new identity is not known everywhere yet: {doing}.',
    cause: 'Entra ID replicates a new principal to all regions within minutes: {message}',
    remediation: 'No action is needed; the app tries again.',
    link: links.rbacTroubleshooting,
  },
  AlreadyThere: {
    kind: 'fault',
    text: 'It already exists: {doing}. {message}',
    cause: 'It was created by something other than the app, so the app does not own it and never deletes it.',
    remediation: 'No action is needed.',
    ...pages.how,
  },
  Busy: {
    kind: 'fault',
    text: 'Another operation is in progress: {doing} has to wait.',
    cause: '{message}',
    remediation: 'No action is needed; the app tries again when the operation may have ended.',
    link: links.armErrors,
  },
  Stale: {
    kind: 'fault',
    text: 'It changed while the app was about to {doing}.',
    cause: "Another writer changed it between the app's read and its write; nothing was overwritten.",
    remediation: 'No action is needed; the app reads it again.',
    link: links.armErrors,
  },
  Throttled: {
    kind: 'fault',
    text: 'Azure throttles the app: {doing} has to wait.',
    cause: 'Too many requests in a short time, from this app or from others in the subscription.',
    remediation: 'No action is needed; the app continues when Azure allows it.',
    link: links.throttling,
  },
  CallersShareUsedUp: {
    kind: 'fault',
    text: 'The app has used up what it may read on behalf of callers for now.',
    cause: 'Callers get a share of the requests that Azure allows the app, so that reading cannot hold up connections.',
    remediation: 'Ask again after the time in Retry-After, with fewer connections in one request.',
    ...pages.http,
  },
  NoAnswer: {
    kind: 'fault',
    text: 'No answer to: {doing}. {message}',
    cause: 'The connection was refused, broke or timed out.',
    remediation: 'The app tries again with growing pauses. If this continues, check the network and the proxy of the app.',
    link: links.armErrors,
  },
  StoreBusy: {
    kind: 'fault',
    text: 'The app could not {doing}: other writers kept changing the same row of its table.',
    cause: 'Many writes arrived at once, or the table refuses writes at the moment.',
    remediation: 'No action is needed; the app tries again. A caller should repeat the request after the time in Retry-After.',
    ...pages.how,
  },
  AnswerNotUnderstood: {
    kind: 'fault',
    text: 'The service never answers like this: {doing}. The answer has status {status}, and {wrong}.',
    cause:
      'A gateway or proxy answered in place of the service, or the service is unhealthy. The app draws no conclusion from such an answer.',
    remediation:
      'The app tries again with growing pauses. If this continues, check the network and the proxy of the app, and the health of the service.',
    link: links.armErrors,
  },
  ServerError: {
    kind: 'fault',
    text: 'Azure failed with an internal error: {doing}. {message}',
    cause: 'The service answered {status}.',
    remediation: 'The app tries again with growing pauses. If this continues, check the health of the service.',
    link: 'https://status.azure.com',
  },
  NoToken: {
    kind: 'fault',
    text: 'The app could not sign in to Azure: {message}',
    cause: "The app's managed identity is missing or disabled, or Entra ID did not accept it.",
    remediation: 'Check that the app has a managed identity; for a user-assigned one AZURE_CLIENT_ID must name it.',
    link: links.managedIdentity,
  },
  TokenRefused: {
    kind: 'fault',
    text: "The service does not accept the app's token: {doing}. {message}",
    cause: "The app signed in, but this service refuses its token: it may not know the app's identity yet, or belong to another tenant.",
    remediation: "The app tries again with growing pauses. If this continues, check that the service trusts the app's tenant.",
    link: links.armErrors,
  },
  Refused: {
    kind: 'fault',
    text: 'Azure refused: {doing}. {answer}: {message}',
    cause: 'The request is not valid for this resource in its current state.',
    remediation: 'Read what Azure says. If it does not fit your resources, report it as a bug of this app.',
    link: links.armErrors,
  },
  ReportOnly: {
    kind: 'change',
    text: 'Something differs and is left as it is, because {step} only reports: {changes}.',
    cause: 'The installation is configured to report what this step would change, or the app lacks the right to change it.',
    remediation: 'Make the change by hand, or configure the step to apply.',
    ...pages.permissions,
  },
  OperationFailed: {
    kind: 'fault',
    text: 'An Azure operation failed: {doing}. {answer}: {message}',
    cause: 'Azure accepted the change and could not complete it.',
    remediation: 'The app plans it again with growing pauses. Read what Azure says.',
    link: links.armErrors,
    words: (about) => ({ answer: about.answer ?? about.code ?? 'no code' }),
  },
  InternalError: {
    kind: 'fault',
    text: 'An error in the app itself prevented it from completing this: {doing} ({kind}).',
    cause: 'This is a bug in the app. Your declaration, your cluster and Azure need not be at fault.',
    remediation:
      'The app tries again with growing pauses. Its log holds the place in the code under the event "own mistake": include it in a bug report.',
    ...pages.how,
  },
  OperationSlow: {
    kind: 'fault',
    text: 'An Azure operation has been running since {since}: {what}.',
    cause: 'Azure accepted the change and has not reported its end yet.',
    remediation:
      'Check the activity log of the resource. The app continues when the operation ends; if it never does, the app starts it again.',
    link: links.asyncOperations,
  },
  OperationEndless: {
    kind: 'fault',
    text: 'An Azure operation did not end, and the app no longer waits for it: {what}, started at {since}.',
    cause: 'Azure accepted the change and never reported its end.',
    remediation:
      'No action is needed; the app makes the change once more. If this repeats, ask Azure support and give the correlation id from the activity log of the resource.',
    link: links.asyncOperations,
  },
  Unexpected: {
    kind: 'fault',
    text: 'An unexpected error occurred: {doing}. {message}',
    cause: 'The app does not know this error.',
    remediation: 'The app tries again with growing pauses. If this continues, report it as a bug, with the time and this text.',
    ...pages.how,
  },
} as const satisfies Rows

function rightWords(about: About): About {
  const role = roleFor(about.action ?? '')
  return {
    role: role ? `'${role.name}'` : 'with this action (a custom role)',
    ...(about.action === undefined ? { action: 'a right' } : {}),
    ...(about.scope === undefined ? { scope: 'the resource concerned' } : {}),
    ...(role ? { roleId: role.id } : {}),
    advice: role?.advice ?? '',
  }
}
