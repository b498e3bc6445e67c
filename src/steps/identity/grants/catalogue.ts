// The table of grant kinds. A new one is a file here, its name in model/grant.ts and a line below; a target type may then offer grants of it.
import type { GrantKind } from '../../../model/grant.ts'
import { azureRole } from './azure-role.ts'
import { cosmosDataRole } from './cosmos-data-role.ts'
import { databaseRole } from './database-role.ts'
import type { GrantType } from './grant-type.ts'
import { redisAccessPolicy } from './redis-access-policy.ts'
import { vaultAccessPolicy } from './vault-access-policy.ts'

export type GrantTypes = { readonly [Kind in GrantKind]?: GrantType }

export const grantTypes: GrantTypes = {
  azureRole,
  cosmosDataRole: cosmosDataRole('cosmosDataRole'),
  cosmosTableRole: cosmosDataRole('cosmosTableRole'),
  cosmosGremlinRole: cosmosDataRole('cosmosGremlinRole'),
  cosmosCassandraRole: cosmosDataRole('cosmosCassandraRole'),
  cosmosMongoRole: cosmosDataRole('cosmosMongoRole'),
  redisAccessPolicy,
  vaultAccessPolicy,
  databaseRole,
}
