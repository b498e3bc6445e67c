// Access policies of Azure Cache for Redis (https://learn.microsoft.com/azure/azure-cache-for-redis/cache-configure-role-based-access-control). Surprising:
// a cache has one assignment for each principal, is busy while one is written, and refuses every other write meanwhile
// (https://learn.microsoft.com/rest/api/redis/access-policy-assignment/create-update).
import * as z from 'zod'
import { inShape } from '../../../model/answer-shape.ts'
import { numbered, place } from '../../../model/as-code.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { roleAssignmentName } from '../../../model/names.ts'
import { sameId } from '../../../model/resource-id.ts'
import { commandsOf, declared, lines } from '../../by-hand/by-hand.ts'
import type { Granted, GrantType, Named } from './grant-type.ts'
import { namedAs } from './named-assignment.ts'

const apiVersion = '2024-11-01'
const action = (name: string): string => `Microsoft.Cache/redis/accessPolicyAssignments/${name}`

type Assignment = Granted & { readonly name: string; readonly id: string }

const assignmentSchema = z.looseObject({
  id: z.string(),
  properties: z.looseObject({ objectId: z.string(), accessPolicyName: z.string() }),
})

/** Access policies know no databases: a child counts as the cache. */
const assignments = ({ scope, owner = scope }: Pick<GrantObject, 'scope' | 'owner'>): string => `${owner}/accessPolicyAssignments`

const named: Named = {
  on: ['microsoft.cache/redis'],
  async list(cache, { arm }) {
    const all = inShape(z.array(assignmentSchema), await arm.list(assignments({ scope: cache }), apiVersion))
    return all.flatMap(({ id, properties: { objectId: principalId, accessPolicyName: roleId } }) => {
      const remove = () => arm.delete(id, apiVersion)
      return namedAs('RedisAccessPolicy', 'redisAccessPolicy', {
        ...{ id, name: id.split('/').at(-1) ?? '', scope: cache, principalId, roleId, remove },
      })
    })
  },
}

export const redisAccessPolicy: GrantType<Assignment> = {
  kind: 'redisAccessPolicy',
  named,
  rights: {
    read: [action('read')],
    write: [action('write'), action('delete'), 'Microsoft.Cache/locations/asyncOperations/read'],
  },

  nameOf({ scope, principalId, roleId, ...of }, { loop: { key: identity } }) {
    const name = roleAssignmentName(scope, principalId, roleId, identity)
    return { name, resource: `${assignments({ scope, ...of })}/${name}` }
  },

  async list(place, ports) {
    const all = inShape(z.array(assignmentSchema), await ports.arm.list(assignments(place), apiVersion))
    return all
      .filter(({ properties }) => sameId(properties.objectId, place.principalId))
      .map(({ id, properties }) => ({ id, name: id.split('/').at(-1) ?? '', roleId: properties.accessPolicyName }))
  },

  compare({ id, name, roleId }, there) {
    const found = there.find((one) => sameId(one.name, name)) ?? there[0]
    if (!found) return { id, state: 'absent' }
    // Anyone who may write assignments can give one this name: the ledger must know it as well.
    const mark = sameId(found.name, name) ? 'none' : 'foreign'
    return sameId(found.roleId, roleId)
      ? { id, state: 'same', mark, version: found.id }
      : { id, state: 'different', mark, difference: `it is ${found.roleId}`, version: found.id }
  },

  make: (object, _view, ports) =>
    ports.arm.put(`${assignments(object)}/${object.name}`, apiVersion, {
      properties: { objectId: object.principalId, objectIdAlias: object.name, accessPolicyName: object.roleId },
    }),

  remove: (object, version, ports) => ports.arm.delete(version ?? `${assignments(object)}/${object.name}`, apiVersion),

  byHand: (changes) =>
    commandsOf({
      cli: lines(changes, {
        make: (object) =>
          `az redis access-policy-assignment create ${placeOf(object)} --access-policy-name '${object.roleId}' --object-id ${object.principalId} --object-id-alias ${object.name}`,
        remove: ({ object }) => `az redis access-policy-assignment delete ${placeOf(object)} --yes`,
      }),
      terraform: declared(
        changes,
        (
          { scope, owner = scope, name, roleId, principalId },
          index,
        ) => `resource "azurerm_redis_cache_access_policy_assignment" "${numbered('policy', index)}" {
  name               = "${name}"
  redis_cache_id     = "${owner}"
  access_policy_name = "${roleId}"
  object_id          = "${principalId}"
  object_id_alias    = "${name}"
}`,
      ),
    }),
}

const placeOf = ({ scope, owner = scope, name }: GrantObject): string => `--policy-assignment-name ${name} ${place(owner)}`
