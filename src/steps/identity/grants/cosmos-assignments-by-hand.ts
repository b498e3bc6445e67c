// Assignments of roles on the data of Cosmos DB, for people. The Azure CLI has those for NoSQL itself, the others in its extension `cosmosdb-preview`; of the
// providers of Terraform azurerm has those for NoSQL (https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/cosmosdb_sql_role_assignment).
import { bicepFor, bicepPlace, numbered, place } from '../../../model/as-code.ts'
import type { Change } from '../../../model/managed-object.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { resourceId } from '../../../model/resource-id.ts'
import { type Commands, commandsOf, declared, lines } from '../../by-hand/by-hand.ts'
import { assignmentOf, type CosmosAssignment, type CosmosDataPlane } from './cosmos-data-plane.ts'

/** All in one file of Bicep: they must be on accounts of one group. */
export function assignmentsByHand(plane: CosmosDataPlane, changes: readonly Change<GrantObject>[]): Commands | undefined {
  const { api, apiVersion } = plane
  const command = `az cosmosdb ${api.toLowerCase()} role assignment`
  const placeOf = (object: GrantObject): string =>
    `--role-assignment-id ${object.name} ${place(assignmentOf(plane, object).account, '--account-name')}`
  const written = (write: Write): string =>
    declared(changes, (object, index) => write(assignmentOf(plane, object), apiVersion, numbered(`${api}Data`, index)))
  const [first] = changes
  return commandsOf({
    cli: lines(changes, {
      make(object) {
        const { roleDefinitionId, principalId, scope } = assignmentOf(plane, object).properties
        return `${command} create ${placeOf(object)} --role-definition-id '${roleDefinitionId}' --principal-id ${principalId} --scope '${scope}'`
      },
      remove: ({ object }) => `${command} delete ${placeOf(object)} --yes`,
    }),
    bicep: first ? bicepFor(first.object.scope, written(inBicep)) : '',
    terraform: written(api === 'sql' ? inAzurerm : inAzapi),
  })
}

type Write = (assignment: CosmosAssignment, apiVersion: string, label: string) => string

const inBicep: Write = ({ id, properties: { roleDefinitionId, principalId, scope } }, apiVersion, label) => {
  const { type, name } = bicepPlace(id)
  return `resource ${label} '${type}@${apiVersion}' = {
  name: '${name}'
  properties: {
    roleDefinitionId: '${roleDefinitionId}'
    principalId: '${principalId}'
    scope: '${scope}'
  }
}`
}

const inAzurerm: Write = ({ account, id, properties: { roleDefinitionId, principalId, scope } }, _version, label) => {
  const { group, names } = resourceId(account)
  return `resource "azurerm_cosmosdb_sql_role_assignment" "${label}" {
  name                = "${id.split('/').at(-1)}"
  resource_group_name = "${group}"
  account_name        = "${names[0]}"
  role_definition_id  = "${roleDefinitionId}"
  principal_id        = "${principalId}"
  scope               = "${scope}"
}`
}

const inAzapi: Write = ({ account, id, properties: { roleDefinitionId, principalId, scope } }, apiVersion, label) => {
  const { type, name } = bicepPlace(id)
  return `resource "azapi_resource" "${label}" {
  type      = "${type}@${apiVersion}"
  name      = "${name.split('/').at(-1)}"
  parent_id = "${account}"
  body = {
    properties = {
      roleDefinitionId = "${roleDefinitionId}"
      principalId      = "${principalId}"
      scope            = "${scope}"
    }
  }
}`
}
