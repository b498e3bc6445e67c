// Conditions of a connection (domain/conditions.ts): nothing is wrong that the app could mend, and yet a pod may not be able to connect.
import { links, type Rows } from './row.ts'

export const conditionRows = {
  CredentialSpreading: {
    text: 'Still spreading until {until}: {thing}.',
    cause:
      'Microsoft Entra ID takes minutes until a new credential is known everywhere, and does not tell when it is. A pod that signs in before may be refused with AADSTS70021 or AADSTS700211 to 700213.',
    cure: 'Wait until then; a pod that was refused succeeds when it tries again.',
    link: links.federation,
  },
  RoleSpreading: {
    text: 'Still spreading until {until}: {thing}.',
    cause:
      'Azure takes up to ten minutes until a new role assignment takes effect everywhere, and does not tell when it has. Until then a pod may be answered 403.',
    cure: 'Wait until then; a pod that was refused succeeds when it tries again.',
    link: links.rbacTroubleshooting,
  },
  RoleLimited: {
    text: '{thing} has a condition, which can deny what a pod needs: {condition}',
    cause:
      'The assignment was there before, and Azure allows only one of a role at a scope for an identity, so that the app cannot add one without the condition. Whether it lets the workload through cannot be told from outside.',
    cure: 'If pods are answered 403 AuthorizationPermissionMismatch, ask its owner to widen or remove the condition, or to delete the assignment: the app then makes its own.',
    link: links.rbacConditions,
  },
  RoleEnds: {
    text: '{thing} ends at {until}.',
    cause:
      'It was there before and is time-bound: Privileged Identity Management takes it away then. The app looks again at that time and makes an assignment of its own, which takes up to ten minutes to take effect.',
    cure: 'To go without an interruption, let its owner extend it or make it permanent.',
    link: links.pim,
  },
  RoleDelegated: {
    text: '{thing} was assigned through a delegation from another tenant.',
    cause: 'It goes when that delegation (Azure Lighthouse) ends, without an event that the app could hear.',
    cure: 'Keep the delegation as long as the connection is needed, or let its owner delete the assignment: the app then makes its own.',
    link: links.lighthouse,
  },
  AccessRefused: {
    text: '{thing} cannot connect to {target}, after {minutes} minutes: {message}',
    cause:
      'The app has connected as the pods of the connection will, and was refused for longer than a new credential or role takes to be known everywhere. What Azure lists is there and has no effect.',
    cure: 'Look at the identity for a deny assignment, a conditional access policy for workload identities or a role with a condition. The app tries again by itself.',
    link: links.rbacTroubleshooting,
  },
  AccessUnproven: {
    text: 'It could not be tried whether {thing} can connect to {target}: {message}',
    cause: 'With CONNECTOR_PROVE_ACCESS=on the app connects as the pods will before it says Succeeded. What it needs for that is missing.',
    cure: 'Nothing has to be done for the connection. To have it tried, allow the app to create serviceaccounts/token in the namespace (docs/permissions.md).',
    link: 'https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/',
    warning: true,
  },
} as const satisfies Rows
