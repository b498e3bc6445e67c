// What Azure really answered, from recordings of its command line tools and from issues where people pasted it; and what each means.
import type { Raw } from '../../src/errors/raw.ts'

export const cluster = '/subscriptions/S/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c1'
export const arm = (code: string, message: string, more: object = {}): object => ({ error: { code, message, ...more } })
const flat = (code: string, message: string, subcode = '', details: unknown = null): object => ({ code, details, message, subcode })
/** An error of @azure/core-rest-pipeline. */
const restError = (fields: object): Error => Object.assign(new Error('from the SDK'), { name: 'RestError' }, fields)

export const refusals: readonly (readonly [string, Omit<Raw, 'doing'>, string, string])[] = [
  [
    'a node pool operation under way (AKS, flat)',
    {
      status: 409,
      body: flat(
        'OperationNotAllowed',
        "Operation is not allowed because there's an in progress update node pool operation (operation ID: 84d90bcb-c52c-40f5-8180-28f22ccf0832) on the agent pool system started on UTC 2026-02-12T03:41:29Z. Please wait for it to finish before starting a new operation. You can also use 'az aks nodepool operation-abort ...' to abort the ongoing operation.",
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'a cluster operation under way (AKS, hyphenated)',
    {
      status: 409,
      body: flat(
        'OperationNotAllowed',
        "Operation is not allowed because there's an in-progress update managed cluster operation on the managed cluster c1.",
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'an add-on that holds the lock while the cluster reads Succeeded',
    {
      status: 409,
      body: flat(
        'OperationNotAllowed',
        "Operation is not allowed because there's an in progress PutExtensionAddonHandler.PUT operation on the managed cluster c1",
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'the older words for a lock',
    {
      status: 409,
      body: flat(
        'OperationNotAllowed',
        'Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details',
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'a second write to a key vault at the same moment',
    {
      status: 409,
      body: arm(
        'ConflictError',
        "A conflict occurred that prevented the operation from completing. The operation failed because the Key Vault 'kv' changed from the point the operation began. This can happen if parallel operations are being performed on the Key Vault. To prevent this error, serialize the operations so that only one operation is performed on the Key Vault at a time. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147741",
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'what AKS will never allow',
    { status: 409, body: flat('OperationNotAllowed', 'Changing property networkProfile.podCidr is not allowed.') },
    'manual',
    'Refused',
  ],
  [
    'a stopped cluster',
    {
      status: 400,
      body: flat(
        'OperationNotAllowed',
        'managed cluster is in Provisioning State(Succeeded) and Power State(Stopped), the operation cannot be performed',
      ),
    },
    'manual',
    'ClusterStopped',
  ],
  [
    'an etag mismatch inside AKS',
    {
      status: 409,
      body: flat(
        'EtagMismatch',
        'Operation is not allowed: Another operation is in progress',
        'PutManagedClusterAndComponents_FailedPrecondition',
        [{ code: 'Unspecified', message: 'rpc error: code = FailedPrecondition desc = Etag mismatched' }],
      ),
    },
    'stale',
    'Stale',
  ],
  ['its own precondition that failed', { status: 412, body: flat('PreConditionFailed', 'The etag does not match') }, 'stale', 'Stale'],
  ['412 in its other spelling', { status: 412, body: arm('PreconditionFailed', 'x') }, 'stale', 'Stale'],
  [
    'an operation that was preempted',
    { body: arm('AKSOperationPreempted', 'This operation has been preempted by another operation with ID xxxx') },
    'busy',
    'Busy',
  ],
  [
    'an operation whose conflict is nested',
    {
      body: arm('ResourceOperationFailure', "The resource operation completed with terminal provisioning state 'Failed'.", {
        details: [{ code: 'OriginalEtagNotExpect', message: 'rpc error: code = FailedPrecondition desc = Original etag not expected' }],
      }),
    },
    'busy',
    'Busy',
  ],
  [
    'an operation with a conflict as JSON in its text',
    {
      body: arm(
        'ExtensionOperationFailed',
        'The extension operation failed with the following error:  Request failed to https://management.azure.com/x. Error code: Conflict. Reason: Conflict.{"code":"EtagMismatch"}',
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'an operation that ended with an error of its own',
    { body: arm('InternalOperationError', 'Internal server error') },
    'transient',
    'OperationFailed',
  ],
  [
    'an operation that met a policy in the node resource group',
    {
      body: arm('ReconcileFailed', 'Reconcile failed', {
        details: [{ code: 'RequestDisallowedByPolicy', message: "Resource 'ip' was disallowed by policy." }],
      }),
    },
    'manual',
    'PolicyDenies',
  ],
  [
    'throttling by ARM',
    {
      status: 429,
      body: arm('SubscriptionRequestsThrottled', "Number of 'read' requests for subscription 'S' actor 'A' exceeded."),
      headers: { 'Retry-After': '10' },
    },
    'throttled',
    'Throttled',
  ],
  ['throttling by AKS', { status: 429, body: flat('Throttled', 'The request is throttled.') }, 'throttled', 'Throttled'],
  [
    'a network provider that is busy and says 429',
    { status: 429, body: arm('RetryableErrorDueToAnotherOperation', 'x') },
    'throttled',
    'Throttled',
  ],
  ['a service that is not available', { status: 503, body: '' }, 'throttled', 'Throttled'],
  [
    'a missing right',
    {
      status: 403,
      body: arm(
        'AuthorizationFailed',
        `The client '11111111-1111-1111-1111-111111111111' with object id '22222222-2222-2222-2222-222222222222' does not have authorization to perform action 'Microsoft.ContainerService/managedClusters/write' over scope '${cluster}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      ),
    },
    'permission',
    'RightMissing',
  ],
  [
    'a condition that leaves out what is asked for',
    {
      status: 403,
      body: arm(
        'AuthorizationFailed',
        `The client '1' with object id '2' does not have authorization or an ABAC condition not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '${cluster}' or the scope is invalid.`,
      ),
    },
    'permission',
    'ConditionForbids',
  ],
  [
    'a missing right on a linked resource',
    {
      status: 403,
      body: arm(
        'LinkedAuthorizationFailed',
        `The client '1' with object id '22222222-2222-2222-2222-222222222222' has permission to perform action 'Microsoft.ContainerService/managedClusters/write' on scope '${cluster}'; however, it does not have permission to perform action(s) 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) '/subscriptions/S/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i' (respectively) or the linked scope(s) are invalid.`,
      ),
    },
    'permission',
    'LinkedRightMissing',
  ],
  [
    'a policy',
    {
      status: 403,
      body: arm(
        'RequestDisallowedByPolicy',
        `Resource 'name' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Require tags","id":"/x"},"policyDefinition":{"name":"d","id":"/y"}}]'.`,
        { target: 'name', additionalInfo: [{ type: 'PolicyViolation', info: {} }] },
      ),
    },
    'manual',
    'PolicyDenies',
  ],
  [
    'a lock',
    {
      status: 409,
      body: arm(
        'ScopeLocked',
        "The scope '/x' cannot perform delete operation because following scope(s) are locked: '/x'. Please remove the lock and try again.",
      ),
    },
    'manual',
    'Locked',
  ],
  [
    'a deny assignment',
    {
      status: 403,
      body: arm(
        'DenyAssignmentAuthorizationFailed',
        "The client '1' with object id '2' has permission to perform action 'a' on scope 's'; however, the access is denied because of the deny assignment with name 'n' and Id 'i' at scope 's'.",
      ),
    },
    'manual',
    'DenyAssignment',
  ],
  ['a 403 that says nothing', { status: 403, body: arm('Forbidden', 'no') }, 'permission', 'Forbidden'],
  [
    'a group that goes',
    {
      status: 409,
      body: arm('ResourceGroupBeingDeleted', "The resource group 'rg' is in deprovisioning state and cannot perform this operation."),
    },
    'manual',
    'GroupBeingDeleted',
  ],
  [
    'a principal that is not known yet',
    {
      status: 400,
      body: arm(
        'PrincipalNotFound',
        'Principal 3 does not exist in the directory 4. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay.',
      ),
    },
    'replication',
    'NotKnownYet',
  ],
  [
    'a role assignment that is there',
    {
      status: 409,
      body: arm(
        'RoleAssignmentExists',
        'The role assignment already exists. The ID of the existing role assignment is 2f826ae117284c63bbb7a8a150a5a52d.',
      ),
    },
    'stale',
    'AlreadyThere',
  ],
  [
    'a role assignment of another principal',
    {
      status: 400,
      body: arm('RoleAssignmentUpdateNotPermitted', 'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.'),
    },
    'manual',
    'Refused',
  ],
  [
    'too many role assignments',
    {
      status: 400,
      body: arm('RoleAssignmentLimitExceeded', 'No more role assignments can be created (code: RoleAssignmentLimitExceeded)'),
    },
    'manual',
    'LimitReached',
  ],
  [
    'two federated credentials at once',
    {
      status: 409,
      body: arm(
        'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity',
        'Too many Federated Identity Credentials are written concurrently for the managed identity',
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'a federated credential that is there',
    { status: 400, body: arm('BadRequest', 'Issuer and subject combination already exists for this Managed Identity.') },
    'stale',
    'AlreadyThere',
  ],
  [
    'a federated credential that is wrong',
    { status: 400, body: arm('BadRequest', 'Federated identity credentials must have exactly one audience.') },
    'manual',
    'Refused',
  ],
  [
    'a storage account that is busy',
    {
      status: 409,
      body: arm(
        'StorageAccountOperationInProgress',
        'An operation is currently performing on this storage account that requires exclusive access.',
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'a conflict of an extension',
    { status: 409, body: arm('Conflict', 'There is a conflicting operation in progress for this extension. Please retry the operation.') },
    'busy',
    'Busy',
  ],
  [
    'a provider that is not registered',
    {
      status: 409,
      body: arm(
        'MissingSubscriptionRegistration',
        "The subscription is not registered to use namespace 'Microsoft.KubernetesConfiguration'. See https://aka.ms/rps-not-found for how to register subscriptions.",
      ),
    },
    'manual',
    'ProviderNotRegistered',
  ],
  ['a parent that is not known yet', { status: 404, body: arm('ParentResourceNotFound', 'x') }, 'replication', 'NotFound'],
  [
    'a subscription that cannot be seen',
    { status: 404, body: arm('SubscriptionNotFound', "The subscription 'S' could not be found.") },
    'manual',
    'SubscriptionNotFound',
  ],
  [
    'a subscription of another tenant',
    {
      status: 401,
      body: arm(
        'InvalidAuthenticationTokenTenant',
        "The access token is from the wrong issuer 'https://sts.windows.net/A/'. It must match the tenant 'https://sts.windows.net/B/' associated with this subscription.",
      ),
    },
    'manual',
    'WrongTenant',
  ],
  [
    'a vault of another tenant',
    {
      status: 401,
      body: arm('Unauthorized', 'AKV10032: Invalid issuer. Expected one of https://sts.windows.net/B/, found https://sts.windows.net/A/.'),
    },
    'manual',
    'WrongTenant',
  ],
  [
    'a disabled subscription',
    {
      status: 409,
      body: arm(
        'ReadOnlyDisabledSubscription',
        "The subscription 'S' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.",
      ),
    },
    'manual',
    'SubscriptionDisabled',
  ],
  [
    'a network of the firewall rules that is being updated',
    {
      status: 400,
      body: arm(
        'NetworkAclsValidationFailure',
        'Validation of network acls failure: SubnetsNotProvisioned:Cannot proceed with operation because subnets nodes of the virtual network V are not provisioned. They are in Updating state..',
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'firewall rules that are wrong and stay so',
    {
      status: 400,
      body: arm('NetworkAclsValidationFailure', 'Validation of network acls failure: TooManyIpRules: at most 400 are allowed.'),
    },
    'manual',
    'Refused',
  ],
  [
    'a resource that another one refers to and that is being updated',
    {
      status: 400,
      body: arm(
        'ReferencedResourceNotProvisioned',
        'Cannot proceed with operation because resource V used by resource N is not in Succeeded state. Resource is in Updating state and the last operation that updated/is updating the resource is PutSubnetOperation.',
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'the same as the end of an operation',
    {
      body: arm('RetryableError', 'A retryable error occurred.', {
        details: [{ code: 'ReferencedResourceNotProvisioned', message: 'Resource is in Updating state.' }],
      }),
    },
    'busy',
    'Busy',
  ],
  [
    'a resource that another one refers to and that has failed',
    {
      status: 400,
      body: arm(
        'ReferencedResourceNotProvisioned',
        'Resource V used by resource N is not in Succeeded state. Resource is in Failed state.',
      ),
    },
    'manual',
    'Refused',
  ],
  [
    'another operation of a network',
    { status: 409, body: arm('AnotherOperationInProgress', 'Another operation on this or dependent resource is in progress.') },
    'busy',
    'Busy',
  ],
  [
    'an account that is still being made',
    {
      status: 409,
      body: arm(
        'StorageAccountIsNotProvisioned',
        "The storage account provisioning state must be 'Succeeded' before executing the operation.",
      ),
    },
    'busy',
    'Busy',
  ],
  [
    'the lock of a Cosmos DB account',
    {
      status: 412,
      body: arm('PreconditionFailed', 'There is already an operation in progress which requires exclusive lock on this service A.'),
    },
    'busy',
    'Busy',
  ],
  ['a server error', { status: 500, body: 'oops' }, 'transient', 'ServerError'],
  ['a gateway error with HTML', { status: 502, body: '<html></html>' }, 'transient', 'ServerError'],
  [
    'a token that ARM does not take',
    { status: 401, body: arm('InvalidAuthenticationToken', 'The access token is invalid.') },
    'transient',
    'TokenRefused',
  ],
  ['a connection that broke', { error: restError({ code: 'ECONNRESET' }) }, 'transient', 'NoAnswer'],
  ['a name that does not resolve', { error: restError({ code: 'ENOTFOUND' }) }, 'transient', 'NoAnswer'],
  [
    'a request that took too long',
    { error: Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' }) },
    'transient',
    'NoAnswer',
  ],
  ['an answer that is cut off', { error: restError({ code: 'REQUEST_SEND_ERROR' }) }, 'transient', 'NoAnswer'],
  [
    'a managed identity that is not there',
    {
      error: Object.assign(new Error('400'), {
        name: 'AuthenticationError',
        statusCode: 400,
        errorResponse: { error: 'invalid_request', errorDescription: 'Identity not found' },
      }),
    },
    'transient',
    'NoToken',
  ],
  [
    'no credential at all',
    { error: Object.assign(new Error('ManagedIdentityCredential: no endpoint'), { name: 'CredentialUnavailableError' }) },
    'transient',
    'NoToken',
  ],
  ['a bug', { error: new TypeError('x is not a function') }, 'transient', 'InternalError'],
  [
    'an error of an SDK with its answer as text',
    {
      error: restError({
        statusCode: 409,
        code: 'OperationNotAllowed',
        response: {
          status: 409,
          bodyAsText: JSON.stringify(flat('OperationNotAllowed', "there's an in progress create managed cluster operation")),
          headers: new Map([['retry-after', '7']]),
        },
      }),
    },
    'busy',
    'Busy',
  ],
]
