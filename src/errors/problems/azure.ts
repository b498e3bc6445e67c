// Problems that Azure Resource Manager, Entra ID or the way to them answer with.

import { roleFor } from './roles.ts'
import { type About, links, pages, type Rows } from './row.ts'

export const azureRows = {
  RightMissing: {
    text: 'The app has no right for {action} on {scope}, which it needs to {doing}.',
    cause: 'Its identity has no role with this action there, or an assignment has not spread yet (up to ten minutes).',
    cure: 'Assign the role {role} to the app on that scope, or do by hand what it wants to do. {advice}',
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
    text: 'The app may not {doing}: the condition of its own role does not allow {given}.',
    cause:
      'The role that gives it {action} on {scope} has a condition, which limits the roles that the app may assign and to whom. (Where it has no such role at all, Azure answers the same.)',
    cure: 'Choose a role that the condition allows, or add this one to the condition of the role assignment of the app (infra/subscription.bicep). Or assign the role by hand.',
    link: links.delegation,
    words: (about) => ({
      given: about.given ?? 'this',
      action: about.action ?? 'the right',
      scope: about.scope ?? 'the resource concerned',
    }),
  },
  LinkedRightMissing: {
    text: 'To {doing}, the app also needs {action} on {scope}.',
    cause:
      'The resource names another one, and ARM asks for a right on each resource that is named in a write, also where nothing about it changes.',
    cure: 'Assign the role {role} to the app on that scope, or make the change yourself: where nothing is left to change, no right is needed. {advice}',
    link: links.rbacTroubleshooting,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role {roleId} --scope '{scope}'",
    },
    words: (about) => rightWords(about),
  },
  Forbidden: {
    text: 'Azure forbids to {doing}: {message}',
    cause: 'The app was recognised, but is not allowed to do this; the answer does not say which right is missing.',
    cure: 'Compare the rights of the app with the tiers in the documentation.',
    ...pages.permissions,
  },
  PolicyDenies: {
    text: 'Azure Policy does not allow to {doing}.',
    cause: 'The assignment {assignment} denies it.',
    cure: 'Ask its owner for an exemption for this resource, or make the change in the way that the policy allows.',
    link: links.policy,
    words: (about) => ({ assignment: about.assignment ?? about.message ?? 'of a policy' }),
  },
  Locked: {
    text: 'A lock keeps the app from this: {doing}.',
    cause: '{message}',
    cure: 'Remove the lock for as long as it takes, or make the change yourself. A ReadOnly lock also forbids reading keys.',
    link: links.locks,
  },
  DenyAssignment: {
    text: 'A deny assignment keeps the app from this: {doing}.',
    cause: '{message}',
    cure: 'Deny assignments come from managed applications, deployment stacks and locked node resource groups; only their owner can change them. Use a resource outside of them.',
    link: links.denyAssignments,
  },
  ProviderNotRegistered: {
    text: 'The subscription is not registered for {provider}, which is needed to {doing}.',
    cause: 'A resource provider has to be registered once in each subscription.',
    cure: 'Register it; that needs a right on the whole subscription.',
    link: links.providers,
    commands: {
      cli: 'az provider register{where}--namespace {provider}',
      terraform: 'resource "azurerm_resource_provider_registration" "provider" {\n  name = "{provider}"\n}',
    },
    words: (about) => ({ where: about.subscription ? ` --subscription ${about.subscription} ` : ' ' }),
  },
  WrongTenant: {
    text: 'What is needed to {doing} belongs to another Entra tenant than the app.',
    cause: 'A managed identity gets tokens of its own tenant only, and Azure accepts no others for a resource: {message}',
    cure: 'Name a resource in a subscription of the tenant of the app, move the subscription to this tenant, or install the app in the other tenant as well.',
    link: links.tenants,
  },
  SubscriptionDisabled: {
    text: 'The subscription is disabled, so the app cannot {doing}.',
    cause: 'A disabled subscription is read-only: {message}',
    cure: 'The billing owner of the subscription has to enable it again; the app then continues by itself.',
    link: links.disabledSubscription,
  },
  SubscriptionNotFound: {
    text: 'Azure knows no such subscription: the app cannot {doing}.',
    cause: 'The id is misspelled, or the subscription was deleted or moved to another tenant: {message}',
    cure: 'Correct the id of the resource. A subscription that was moved keeps its id, but only an app in its new tenant can use it.',
    link: links.subscriptionNotFound,
  },
  LimitReached: {
    text: 'A limit of Azure is reached: {doing}. {message}',
    cause: 'The subscription or resource holds as many of these as Azure allows.',
    cure: 'Delete some that nobody needs, or ask Azure support for more.',
    link: links.limits,
  },
  GroupBeingDeleted: {
    text: 'The resource group is being deleted, so the app cannot {doing}.',
    cause: '{message}',
    cure: 'Wait until it is gone; take the declarations of its connections away.',
    link: links.armErrors,
  },
  NotFound: {
    text: 'Azure did not find what is needed to {doing}: {message}',
    cause: 'It was deleted meanwhile, or was just made and is not known everywhere yet.',
    cure: 'Nothing has to be done; it is looked for again.',
    link: links.armErrors,
  },
  NotKnownYet: {
    text: 'An identity that was just made is not known everywhere yet: {doing}.',
    cause: 'Entra ID copies a new principal to all regions within some minutes: {message}',
    cure: 'Nothing has to be done; it is tried again.',
    link: links.rbacTroubleshooting,
  },
  AlreadyThere: {
    text: 'It is there already: {doing}. {message}',
    cause: 'Somebody else made the same; it counts as made by others and is never deleted by us.',
    cure: 'Nothing has to be done.',
    ...pages.how,
  },
  Busy: {
    text: 'Another operation is under way: {doing} has to wait.',
    cause: '{message}',
    cure: 'Nothing has to be done; it is tried again when the operation may have ended.',
    link: links.armErrors,
  },
  Stale: {
    text: 'It changed while the app was about to {doing}.',
    cause: 'Somebody else wrote it between our look and our write; nothing was overwritten.',
    cure: 'Nothing has to be done; it is looked at again.',
    link: links.armErrors,
  },
  Throttled: {
    text: 'Azure slows the app down: {doing} has to wait.',
    cause: 'Too many requests in a short time, of this app or of others in the subscription.',
    cure: 'Nothing has to be done; it goes on when Azure says so.',
    link: links.throttling,
  },
  CallersShareUsedUp: {
    text: 'The app has read as much on behalf of callers as it may for now.',
    cause: 'Callers have a share of the requests that Azure allows the app, so that nobody who only asks can hold up connections.',
    cure: 'Ask again after the time in Retry-After, for fewer connections at once.',
    ...pages.http,
  },
  NoAnswer: {
    text: 'No answer to: {doing}. {message}',
    cause: 'The connection was refused, broke or took too long.',
    cure: 'It is tried again with growing pauses. If it stays so, look at network and proxy of the app.',
    link: links.armErrors,
  },
  StoreBusy: {
    text: 'The app could not {doing}: others kept writing the same row of its table.',
    cause: 'Many writes came at the same time, or the table refuses writes for now.',
    cure: 'Nothing has to be done; it is tried again. A caller should repeat the request after the pause that the answer names.',
    ...pages.how,
  },
  AnswerNotUnderstood: {
    text: 'The answer to this request is not one that the service gives: {doing}. It came with status {status}, and {wrong}.',
    cause:
      'A gateway or proxy on the way answered in place of the service, or the service is unwell. Nothing is concluded from such an answer.',
    cure: 'It is tried again with growing pauses. If it stays so, look at network and proxy of the app, and at the health of the service.',
    link: links.armErrors,
  },
  ServerError: {
    text: 'Azure failed with an error of its own: {doing}. {message}',
    cause: 'The service answered {status}.',
    cure: 'It is tried again with growing pauses. If it stays so, look at the health of the service.',
    link: 'https://status.azure.com',
  },
  NoToken: {
    text: 'The app could not sign in to Azure: {message}',
    cause: 'Its managed identity is missing or turned off, or Entra ID did not accept it.',
    cure: 'Check that the app has a managed identity; with a user-assigned one, AZURE_CLIENT_ID has to name it.',
    link: links.managedIdentity,
  },
  TokenRefused: {
    text: 'The service does not accept the token of the app: {doing}. {message}',
    cause:
      'The app signed in, but this service refuses its token: it may not know the identity of the app yet, or belong to another tenant.',
    cure: 'It is tried again with growing pauses. If it stays so, check that the service trusts the tenant of the app.',
    link: links.armErrors,
  },
  Refused: {
    text: 'Azure refused: {doing}. {answer}: {message}',
    cause: 'The request is not valid for this resource as it is now.',
    cure: 'Read what Azure says; if it makes no sense for your resources, report it as a bug of this app.',
    link: links.armErrors,
  },
  ReportOnly: {
    text: 'Something differs and is left as it is, for {step} only reports: {changes}.',
    cause: 'The installation is set to report what this step would change, or the app lacks the right for it.',
    cure: 'Make the change by hand, or set the step to apply.',
    ...pages.permissions,
  },
  OperationFailed: {
    text: 'The operation of Azure failed: {doing}. {answer}: {message}',
    cause: 'Azure accepted the change and could not carry it out.',
    cure: 'It is planned anew with growing pauses. Read what Azure says.',
    link: links.armErrors,
    words: (about) => ({ answer: about.answer ?? about.code ?? 'no code' }),
  },
  InternalError: {
    text: 'The app made a mistake of its own and could not {doing} ({kind}).',
    cause: 'This is a bug of this app. Nothing need be wrong with what you declared, with your cluster or with Azure.',
    cure: 'It is tried again with growing pauses. The log of the app has the place in the code under the event "own mistake": report it with that.',
    ...pages.how,
  },
  OperationSlow: {
    text: 'An operation of Azure has been running since {since}: {what}.',
    cause: 'Azure accepted the change and has not said yet that it ended.',
    cure: 'Look at the activity log of the resource. The app continues by itself when the operation ends; if it never does, the app starts it again.',
    link: links.asyncOperations,
  },
  OperationEndless: {
    text: 'An operation of Azure did not end, and the app no longer waits for it: {what}, started at {since}.',
    cause: 'Azure accepted the change and never said that it ended.',
    cure: 'Nothing has to be done; the change is made once more. If this repeats, ask Azure support with the correlation id in the activity log of the resource.',
    link: links.asyncOperations,
  },
  Unexpected: {
    text: 'Something unexpected happened: {doing}. {message}',
    cause: 'This is not known to the app.',
    cure: 'It is tried again with growing pauses. If it stays so, report it as a bug, with the time and this text.',
    ...pages.how,
  },
} as const satisfies Rows

function rightWords(about: About): About {
  const role = roleFor(about.action ?? '')
  return {
    role: role ? `'${role.name}'` : 'with this action (a custom role)',
    ...(about.action === undefined ? { action: 'this' } : {}),
    ...(about.scope === undefined ? { scope: 'the resource concerned' } : {}),
    ...(role ? { roleId: role.id } : {}),
    advice: role?.advice ?? '',
  }
}
