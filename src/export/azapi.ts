// Objects in Azure as resources of Terraform's provider azapi, which sends bodies to ARM as they are.
// https://registry.terraform.io/providers/Azure/azapi/latest/docs/resources/resource
import { numbered, terraformMap, terraformText, terraformValue, type Value } from '../model/as-code.ts'
import type { ManagedObject } from '../model/managed-object.ts'
import type { CredentialObject, GrantObject, IdentityObject } from '../model/managed-objects.ts'
import { type identityMarks, roleAssignmentMark } from '../model/names.ts'
import { groupId, resourceId } from '../model/resource-id.ts'

type Resource = {
  readonly type: string
  readonly name: string
  readonly parent: string
  readonly location?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly properties?: Readonly<Record<string, Value>>
}

type Owner = {
  readonly installation: string
  readonly loop: Parameters<typeof roleAssignmentMark>[1]
  readonly marks: ReturnType<typeof identityMarks>
}

/** Objects that it has no resource for are left out: the caller says so. */
export function azapiOf(objects: readonly ManagedObject[], identityId: string, audience: string, owner: Owner): string {
  const resources = objects.flatMap((object) => resourceOf(object, identityId, audience, owner) ?? [])
  return resources
    .map((resource, index) => blockOf(resource, numbered('object', index), index === 0 ? undefined : numbered('object', index - 1)))
    .join('\n')
}

export const isInAzapi = ({ kind }: ManagedObject): boolean => ['identity', 'credential', 'role-assignment'].includes(kind)

function resourceOf(
  object: ManagedObject,
  identityId: string,
  audience: string,
  { installation, loop, marks }: Owner,
): Resource | undefined {
  if (object.kind === 'identity') {
    const { resourceId: id, location = '' } = object as IdentityObject
    const parent = groupId(id)
    return { type: 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31', name: resourceId(id).name, parent, location, tags: marks }
  }
  if (object.kind === 'credential') {
    const { name, issuer, subject } = object as CredentialObject
    const type = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31'
    return { type, name, parent: identityId, properties: { issuer, subject, audiences: [audience] } }
  }
  const { scope, principalId, roleId, name, grant } = object as GrantObject
  if (object.kind !== 'role-assignment' || grant !== undefined) return undefined
  const roleDefinitionId = `/subscriptions/${resourceId(scope).subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`
  return {
    type: 'Microsoft.Authorization/roleAssignments@2022-04-01',
    name,
    parent: scope,
    properties: { principalId, principalType: 'ServicePrincipal', roleDefinitionId, description: roleAssignmentMark(installation, loop) },
  }
}

/** One after the other: Azure refuses concurrent writes on one identity. */
function blockOf({ type, name, parent, location, tags, properties }: Resource, label: string, after: string | undefined): string {
  return [
    `resource "azapi_resource" "${label}" {`,
    `  type      = "${type}"`,
    `  name      = ${terraformText(name)}`,
    `  parent_id = "${parent}"`,
    ...(location ? [`  location  = ${terraformText(location)}`] : []),
    ...(tags ? [`  tags      = ${terraformMap(tags)}`] : []),
    ...(properties ? [`  body      = ${terraformValue({ properties })}`] : []),
    ...(after ? [`  depends_on = [azapi_resource.${after}]`] : []),
    '}',
  ].join('\n')
}
