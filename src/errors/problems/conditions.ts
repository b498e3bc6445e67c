// Conditions of a connection (model/conditions.ts): nothing that the app could repair is wrong, and yet a pod may be unable to connect.
import { links, pages, type Rows } from './row.ts'

export const conditionRows = {
  CredentialSpreading: {
    kind: 'fault',
    text: 'Still spreading until {until}: {object}.',
    cause:
      'Microsoft Entra ID needs minutes until a new credential is known everywhere, and does not report when it is. A pod that signs in earlier can be refused with AADSTS70021 or AADSTS700211 to 700213.',
    remediation: 'Wait until then; a pod that was refused succeeds when it retries.',
    link: links.federation,
  },
  RoleSpreading: {
    kind: 'fault',
    text: 'Still spreading until {until}: {object}.',
    cause:
      'Azure needs up to ten minutes until a new role assignment takes effect everywhere, and does not report when it has. Until then a pod can be refused with 403.',
    remediation: 'Wait until then; a pod that was refused succeeds when it retries.',
    link: links.rbacTroubleshooting,
  },
  RoleLimited: {
    kind: 'fault',
    text: '{object} has a condition, which can deny what a pod needs: {condition}',
    cause:
      'The assignment existed before. Azure allows one assignment of a role per scope and identity, so the app cannot add one without the condition, and it cannot tell whether the condition lets the workload through.',
    remediation:
      'If pods are refused with 403 AuthorizationPermissionMismatch, ask the owner of the assignment to widen or remove the condition, or to delete the assignment: the app then creates its own.',
    link: links.rbacConditions,
  },
  RoleEnds: {
    kind: 'fault',
    text: '{object} ends at {until}.',
    cause:
      'It existed before and is time-bound: Privileged Identity Management removes it then. The app reads again at that time and creates an assignment of its own, which needs up to ten minutes to take effect.',
    remediation: 'To avoid an interruption, ask the owner of the assignment to extend it or to make it permanent.',
    link: links.pim,
  },
  RoleDelegated: {
    kind: 'fault',
    text: '{object} was assigned through a delegation from another tenant.',
    cause: 'It disappears when that delegation (Azure Lighthouse) ends, without an event that the app could receive.',
    remediation:
      'Keep the delegation as long as the connection is needed, or ask its owner to delete the assignment: the app then creates its own.',
    link: links.lighthouse,
  },
  TablesOfOthers: {
    kind: 'fault',
    text: '{object} leaves out what {owners} owns in the database.',
    cause: 'Only a member of the owner can grant rights on its schemas and tables, and the administrator that the app signs in as is none.',
    remediation:
      'Make that administrator a member (as an administrator who may: GRANT "<owner>" TO "<administrator>"): the app then grants the rest by itself. Or grant it as the owner.',
    link: links.roleMembership,
  },
  FormerKeyEnds: {
    kind: 'fault',
    text: 'The former key of {target} stops working at {until}.',
    cause: 'The keys of {target} are being rotated. The Secret has the new key; pods that read it earlier still use the former one.',
    remediation: 'Restart the pods before then: kubectl rollout restart. Reloaders that watch the Secret have done so.',
    ...pages.http,
  },
  AccessRefused: {
    kind: 'fault',
    text: '{object} cannot connect to {target} after {minutes} minutes: {message}',
    cause:
      'The app connected as the pods of the connection will, and was refused for longer than a new credential or role needs to spread. What Azure lists exists and has no effect.',
    remediation:
      'Check the identity for a deny assignment, a conditional access policy for workload identities, or a role with a condition. The app tries again by itself.',
    link: links.rbacTroubleshooting,
  },
  AccessUnproven: {
    kind: 'fault',
    text: 'The app could not test whether {object} can connect to {target}: {message}',
    cause:
      'With CONNECTOR_PROVE_ACCESS=on the app connects as the pods will before it reports Succeeded. What it needs to do so is missing.',
    remediation:
      'The connection itself needs no action. To have it tested, allow the app to create serviceaccounts/token in the namespace (docs/permissions.md).',
    link: 'https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/',
    warning: true,
  },
} as const satisfies Rows
