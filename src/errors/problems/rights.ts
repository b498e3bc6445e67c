// What the app is not allowed to do in Azure: roles, conditions, policies, locks.

import { roleFor } from './roles.ts'
import { type About, links, pages, type Rows } from './row.ts'

export const rightRows = {
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
