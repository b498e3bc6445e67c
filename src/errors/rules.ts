// What a refusal means (FailureClass) and what it is called (Code): first match counts. Codes mean different things on different
// statuses and services, so a row looks at all three of status, code and text.
import { extensionRules } from './extension-rules.ts'
import type { Answer } from './raw.ts'
import type { Rule } from './rule.ts'

// AKS says `OperationNotAllowed` for a lock that will go and for what it will never allow; only its words tell which
const underWay = /in[- ]progress|another operation|please wait for it|wait for it to (?:finish|succeed)|conflicting operation/i

const rules: readonly Rule[] = [
  {
    code: /^(AuthenticationError|CredentialUnavailableError|AggregateAuthenticationError|AuthenticationRequiredError)$/,
    class: 'transient',
    is: 'NoToken',
  },
  { text: /\bAADSTS\d+/, class: 'transient', is: 'NoToken' },
  { status: 401, class: 'transient', is: 'NoToken' },
  { status: 429, class: 'throttled', is: 'Throttled' },
  { status: 503, class: 'throttled', is: 'Throttled' },
  { code: /^(SubscriptionRequestsThrottled|Throttled|RateLimiting|TooManyRequests)$/, class: 'throttled', is: 'Throttled' },

  ...extensionRules,

  { code: /^LinkedAuthorizationFailed$/, class: 'permission', is: 'LinkedRightMissing' },
  { code: /^DenyAssignmentAuthorizationFailed$/, class: 'person', is: 'DenyAssignment' },
  // a policy's refusal comes as 403 itself, or nested where the provider met it in the node resource group
  { text: /\bRequestDisallowedByPolicy\b/, class: 'person', is: 'PolicyDenies' },
  { code: /^ScopeLocked$/, class: 'person', is: 'Locked' },
  { code: /^AuthorizationFailed$/, class: 'permission', is: 'RightMissing' },
  { code: /^(ResourceGroupBeingDeleted)$/, class: 'person', is: 'GroupBeingDeleted' },

  { code: /^PrincipalNotFound$/, class: 'replication', is: 'NotKnownYet' },
  { code: /^RoleAssignmentExists$/, class: 'stale', is: 'AlreadyThere' },
  { text: /Issuer and subject combination already exists/, class: 'stale', is: 'AlreadyThere' },
  { code: /^(RoleAssignmentLimitExceeded|.*QuotaExceeded)$/, class: 'person', is: 'LimitReached' },
  { text: /RoleAssignmentLimitExceeded/, class: 'person', is: 'LimitReached' },
  { code: /^MissingSubscriptionRegistration$/, class: 'person', is: 'ProviderNotRegistered' },

  { status: 412, class: 'stale', is: 'Stale' },
  { status: 409, code: /^EtagMismatch$/, class: 'stale', is: 'Stale' },
  { text: /Power State\s*\(?Stopped/i, class: 'person', is: 'ClusterStopped' },
  { code: /^OperationNotAllowed$/, text: underWay, class: 'busy', is: 'Busy' },
  { code: /^OperationNotAllowed$/, class: 'person', is: 'Refused' },
  { code: /^(AKS)?OperationPreempted(ByDelete)?$/, class: 'busy', is: 'Busy' },
  { code: /^ConcurrentFederatedIdentityCredentialsWrites/, class: 'busy', is: 'Busy' },
  {
    code: /^(\w*OperationInProgress|RetryableErrorDueToAnotherOperation|ConflictingServerOperation|ServerIsBusy|RequestConflict|Conflict)$/,
    class: 'busy',
    is: 'Busy',
  },
  {
    text: /\b(EtagMismatch|OriginalEtagNotExpect|AKSOperationPreempted\w*)\b|\(Conflict\)|Error code: Conflict/,
    class: 'busy',
    is: 'Busy',
  },
  { status: [400, 499], text: underWay, class: 'busy', is: 'Busy' },
  // without a status it is an operation's error
  { code: /^(?!REQUEST_SEND_ERROR|RestError|AbortError|TypeError|Error$)/, text: underWay, class: 'busy', is: 'Busy' },

  { status: 403, class: 'permission', is: 'Forbidden' },
  { status: 404, code: /^(Subscription|Tenant)NotFound$|^InvalidSubscriptionId$/, class: 'person', is: 'Refused' },
  { status: 404, class: 'replication', is: 'NotFound' },
  { status: 408, class: 'transient', is: 'NoAnswer' },
  { status: [500, 599], class: 'transient', is: 'ServerError' },
  { status: [400, 499], class: 'person', is: 'Refused' },
]

export const ruleFor = (answer: Answer): Rule | undefined => rules.find((rule) => applies(rule, answer))

function applies(rule: Rule, { status, code, all }: Answer): boolean {
  if (rule.status !== undefined) {
    const [low, high] = typeof rule.status === 'number' ? [rule.status, rule.status] : rule.status
    if (status === undefined || status < low || status > high) return false
  }
  return (!rule.code || rule.code.test(code)) && (!rule.text || rule.text.test(all))
}
