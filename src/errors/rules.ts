// What a refusal means (FailureClass) and its name (Code): the first match counts. Codes mean different things for different statuses and services,
// so a row matches all three of status, code and text.
import { extensionRules } from './extension-rules.ts'
import type { Answer } from './raw.ts'
import type { Rule } from './rule.ts'

// AKS says `OperationNotAllowed` for a temporary lock and for what it never allows; only the text tells which
const underWay = /in[- ]progress|another operation|please wait for it|wait for it to (?:finish|succeed)|conflicting operation/i

/**
 * A resource in transition accepts no change, nor does one that it refers to: that passes within minutes. One that is Failed stays so.
 * https://github.com/hashicorp/terraform-provider-azurerm/issues/30197, https://github.com/Azure/azure-rest-api-specs/issues/11143
 */
const inTransition =
  /\bin (?:an? )?'?(?:Updating|Creating|Deleting|Provisioning|Accepted|Scaling|Upgrading|Resolving\w*|Transitioning)'? (?:provisioning )?state|provisioning state must be '?Succeeded|(?:is|are) (?:currently |still )?being (?:updated|created|provisioned|deleted)|is busy processing|\bexclusive (?:access|lock)\b|retryable error/i

const rules: readonly Rule[] = [
  // From ARM, and from services of other tenants: signing in again does not help.
  // https://learn.microsoft.com/troubleshoot/azure/entra/entra-id/app-integration/error-code-invalidauthenticationtokentenant
  { code: /^(InvalidAuthenticationTokenTenant|TenantMismatch|LinkedSubscriptionTenantMismatch)$/, class: 'manual', is: 'WrongTenant' },
  { status: 401, text: /\bAKV10032\b|wrong issuer 'https:\/\/sts\./i, class: 'manual', is: 'WrongTenant' },
  // 409 of ARM for writes; reads still work. https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled
  {
    code: /^(ReadOnlyDisabledSubscription|DisabledSubscription|SubscriptionDisabled|SubscriptionNotActive)$/,
    class: 'manual',
    is: 'SubscriptionDisabled',
  },
  { code: /^(SubscriptionNotFound|InvalidSubscriptionId)$/, class: 'manual', is: 'SubscriptionNotFound' },
  {
    code: /^(AuthenticationError|CredentialUnavailableError|AggregateAuthenticationError|AuthenticationRequiredError)$/,
    class: 'transient',
    is: 'NoToken',
  },
  { text: /\bAADSTS\d+/, class: 'transient', is: 'NoToken' },
  { status: 401, class: 'transient', is: 'TokenRefused' },
  { status: 429, class: 'throttled', is: 'Throttled' },
  { status: 503, class: 'throttled', is: 'Throttled' },
  { code: /^(SubscriptionRequestsThrottled|Throttled|RateLimiting|TooManyRequests)$/, class: 'throttled', is: 'Throttled' },

  ...extensionRules,

  { code: /^LinkedAuthorizationFailed$/, class: 'permission', is: 'LinkedRightMissing' },
  { code: /^DenyAssignmentAuthorizationFailed$/, class: 'manual', is: 'DenyAssignment' },
  // a policy's refusal comes as 403 itself, or nested if the provider hit it in the node resource group
  { text: /\bRequestDisallowedByPolicy\b/, class: 'manual', is: 'PolicyDenies' },
  { code: /^ScopeLocked$/, class: 'manual', is: 'Locked' },
  { code: /^AuthorizationFailed$/, text: /ABAC condition not fulfilled/, class: 'permission', is: 'ConditionForbids' },
  { code: /^AuthorizationFailed$/, class: 'permission', is: 'RightMissing' },
  { code: /^(ResourceGroupBeingDeleted)$/, class: 'manual', is: 'GroupBeingDeleted' },

  { code: /^PrincipalNotFound$/, class: 'replication', is: 'NotKnownYet' },
  // Cosmos DB's words for the same.
  { status: 400, text: /principal ID \[[^\]]*\] was not found in the AAD tenant/i, class: 'replication', is: 'NotKnownYet' },
  { code: /^RoleAssignmentExists$/, class: 'stale', is: 'AlreadyThere' },
  { text: /Issuer and subject combination already exists/, class: 'stale', is: 'AlreadyThere' },
  { code: /^(RoleAssignmentLimitExceeded|.*QuotaExceeded)$/, class: 'manual', is: 'LimitReached' },
  { text: /RoleAssignmentLimitExceeded/, class: 'manual', is: 'LimitReached' },
  { code: /^MissingSubscriptionRegistration$/, class: 'manual', is: 'ProviderNotRegistered' },

  // Cosmos DB answers so while another operation holds its lock; everywhere else it is the app's own precondition.
  { status: 412, text: /already an operation in progress/i, class: 'busy', is: 'Busy' },
  { status: 412, class: 'stale', is: 'Stale' },
  { status: 409, code: /^EtagMismatch$/, class: 'stale', is: 'Stale' },
  { text: /Power State\s*\(?Stopped/i, class: 'manual', is: 'ClusterStopped' },
  { code: /^OperationNotAllowed$/, text: underWay, class: 'busy', is: 'Busy' },
  { code: /^OperationNotAllowed$/, class: 'manual', is: 'Refused' },
  { code: /^(AKS)?OperationPreempted(ByDelete)?$/, class: 'busy', is: 'Busy' },
  // https://github.com/hashicorp/terraform-provider-azurerm/issues/31712
  { code: /^AccountProvisioningStateInvalid$/, class: 'busy', is: 'Busy' },
  { code: /^ConcurrentFederatedIdentityCredentialsWrites/, class: 'busy', is: 'Busy' },
  // Of database servers that are stopped or changing: https://github.com/turbot/steampipe-plugin-azure/pull/1015
  { code: /^(ServerStoppedError|ServerUnavailableForOperation|ServerIsNotReady)$/, class: 'busy', is: 'Busy' },
  {
    code: /^(\w*OperationInProgress|RetryableError(DueToAnotherOperation)?|ConflictingServerOperation|ServerIsBusy|RequestConflict|Conflict(Error)?|StorageAccountIsNotProvisioned|CanceledAndSupersededDueToAnotherOperation)$/,
    class: 'busy',
    is: 'Busy',
  },
  {
    text: /\b(EtagMismatch|OriginalEtagNotExpect|AKSOperationPreempted\w*)\b|\(Conflict\)|Error code: Conflict/,
    class: 'busy',
    is: 'Busy',
  },
  { status: [400, 499], text: underWay, class: 'busy', is: 'Busy' },
  { status: [400, 499], text: inTransition, class: 'busy', is: 'Busy' },
  // without a status it is an operation's error
  { code: /^(?!REQUEST_SEND_ERROR|RestError|AbortError|TypeError|Error$)/, text: underWay, class: 'busy', is: 'Busy' },
  {
    code: /^(NetworkAclsValidationFailure|ReferencedResourceNotProvisioned|ResourceNotProvisioned)$/,
    text: inTransition,
    class: 'busy',
    is: 'Busy',
  },

  { status: 403, class: 'permission', is: 'Forbidden' },
  { status: 404, code: /^TenantNotFound$/, class: 'manual', is: 'WrongTenant' },
  { status: 404, class: 'replication', is: 'NotFound' },
  { status: 408, class: 'transient', is: 'NoAnswer' },
  { status: [500, 599], class: 'transient', is: 'ServerError' },
  { status: [400, 499], class: 'manual', is: 'Refused' },
]

export const ruleFor = (answer: Answer): Rule | undefined => rules.find((rule) => applies(rule, answer))

function applies(rule: Rule, { status, code, all }: Answer): boolean {
  if (rule.status !== undefined) {
    const [low, high] = typeof rule.status === 'number' ? [rule.status, rule.status] : rule.status
    if (status === undefined || status < low || status > high) return false
  }
  return (!rule.code || rule.code.test(code)) && (!rule.text || rule.text.test(all))
}
