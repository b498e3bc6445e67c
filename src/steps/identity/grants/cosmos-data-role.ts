// Roles on the data of Cosmos DB for NoSQL, which are none of Azure's own: `sqlRoleAssignments` of the account
// (https://learn.microsoft.com/azure/cosmos-db/nosql/how-to-connect-role-based-access-control). Surprising: an account writes one at a time and refuses
// every other change meanwhile, and the scope of a database is spelt `/dbs/<name>`, not as its ARM id.
import * as z from 'zod'
import { inShape } from '../../../model/answer-shape.ts'
import { numbered, place } from '../../../model/as-code.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { roleAssignmentName } from '../../../model/names.ts'
import { resourceId, sameId } from '../../../model/resource-id.ts'
import { commandsOf, declared, lines } from '../../by-hand/by-hand.ts'
import type { Granted, GrantType, Named, Place } from './grant-type.ts'
import { namedAs } from './named-assignment.ts'

const apiVersion = '2025-10-15'
const action = (name: string): string => `Microsoft.DocumentDB/databaseAccounts/${name}`

type Assignment = Granted & { readonly name: string; readonly id: string }

const assignmentSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({ roleDefinitionId: z.string(), principalId: z.string(), scope: z.string() }),
})

const accountOf = ({ scope, owner = scope }: Pick<Place, 'scope' | 'owner'>): string => owner
const idOf = (object: GrantObject): string => `${accountOf(object)}/sqlRoleAssignments/${object.name}`
const definitionOf = (object: GrantObject): string => `${accountOf(object)}/sqlRoleDefinitions/${object.roleId}`

function dataScope({ scope, owner }: Pick<Place, 'scope' | 'owner'>): string {
  return owner === undefined ? scope : `${owner}/dbs/${resourceId(scope).names[1]}`
}

/** The ARM id that a scope of the data plane stands for; one of a container is none of the app's. */
function armScope(account: string, scope: string): string | undefined {
  const [, database] = /\/dbs\/([^/]+)$/i.exec(scope) ?? []
  if (database !== undefined) return `${account}/sqlDatabases/${database}`
  return sameId(scope, account) ? account : undefined
}

const named: Named = {
  on: ['microsoft.documentdb/databaseaccounts'],
  async list(account, { arm }) {
    const all = inShape(z.array(assignmentSchema), await arm.list(`${account}/sqlRoleAssignments`, apiVersion))
    return all.flatMap(({ id, name, properties: { principalId, roleDefinitionId, scope } }) => {
      const at = armScope(account, scope)
      const roleId = roleDefinitionId.split('/').at(-1) ?? ''
      const remove = () => arm.delete(id, apiVersion)
      return at === undefined ? [] : namedAs('CosmosDataRole', 'cosmosDataRole', { id, name, scope: at, principalId, roleId, remove })
    })
  },
}

export const cosmosDataRole: GrantType<Assignment> = {
  kind: 'cosmosDataRole',
  named,
  rights: {
    read: [action('sqlRoleAssignments/read')],
    write: [
      action('sqlRoleAssignments/write'),
      action('sqlRoleAssignments/delete'),
      'Microsoft.DocumentDB/locations/operationsStatus/read',
    ],
  },

  nameOf({ scope, principalId, roleId, owner = scope }, { loop: { key: identity } }) {
    const name = roleAssignmentName(scope, principalId, roleId, identity)
    return { name, resource: `${owner}/sqlRoleAssignments/${name}` }
  },

  async list(place, ports) {
    const all = inShape(z.array(assignmentSchema), await ports.arm.list(`${accountOf(place)}/sqlRoleAssignments`, apiVersion))
    return all
      .filter(({ properties: { principalId, scope } }) => sameId(principalId, place.principalId) && sameId(scope, dataScope(place)))
      .map(({ id, name, properties }) => ({ id, name, roleId: properties.roleDefinitionId.split('/').at(-1) ?? '' }))
  },

  compare({ id, name, roleId }, there) {
    const same = there.filter((one) => sameId(one.roleId, roleId))
    const found = same.find((one) => sameId(one.name, name)) ?? same[0]
    if (!found) return { id, state: 'absent' }
    // Anyone who may write assignments can give one this name: the ledger must know it as well.
    return { id, state: 'same', mark: sameId(found.name, name) ? 'none' : 'foreign', version: found.id }
  },

  make: (object, _view, ports) =>
    ports.arm.put(idOf(object), apiVersion, {
      properties: { roleDefinitionId: definitionOf(object), scope: dataScope(object), principalId: object.principalId },
    }),

  remove: (object, version, ports) => ports.arm.delete(version ?? idOf(object), apiVersion),

  byHand: (changes) =>
    commandsOf({
      cli: lines(changes, {
        make: (object) =>
          `az cosmosdb sql role assignment create ${placeOf(object)} --role-definition-id ${object.roleId} --principal-id ${object.principalId} --scope '${dataScope(object)}'`,
        remove: ({ object }) => `az cosmosdb sql role assignment delete ${placeOf(object)} --yes`,
      }),
      terraform: declared(changes, (object, index) => {
        const { group, names } = resourceId(accountOf(object))
        return `resource "azurerm_cosmosdb_sql_role_assignment" "${numbered('data', index)}" {
  name                = "${object.name}"
  resource_group_name = "${group}"
  account_name        = "${names[0]}"
  role_definition_id  = "${definitionOf(object)}"
  principal_id        = "${object.principalId}"
  scope               = "${dataScope(object)}"
}`
      }),
    }),
}

const placeOf = (object: GrantObject): string => `--role-assignment-id ${object.name} ${place(accountOf(object), '--account-name')}`
