// Target types whose ids have children with names of their own, before the product has one. They borrow the name of a type that it has.
import { named } from '../../src/model/target-type.ts'
import type { Target } from '../../src/targets/target-type.ts'
import { storageBlob } from '../../src/targets/types/storage-blob.ts'

const on = (armType: string, label: string): Target['on'] => ({ ...storageBlob.on, armType, label })

export const cosmosSql: Target = {
  ...storageBlob,
  on: on('microsoft.documentdb/databaseaccounts', 'Cosmos DB account'),
  child: named('sqlDatabases'),
}
export const cosmosGremlin: Target = { ...cosmosSql, child: named('gremlinDatabases/graphs') }
export const redis: Target = { ...storageBlob, on: on('microsoft.cache/redis', 'cache'), child: named('databases') }
export const vault: Target = {
  ...storageBlob,
  on: on('microsoft.keyvault/vaults', 'vault'),
  auth: [...storageBlob.auth, 'csi'],
  child: { kind: 'none' },
}
