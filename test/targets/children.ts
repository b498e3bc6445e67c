// Target types with ids of every shape, before the product has one: children with names of their own, and none at all. They borrow the name of a type
// that it has.
import { named, type TargetType } from '../../src/model/target-type.ts'
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

export const kafka: TargetType = {
  ...storageBlob,
  on: { endpoint: 'ConfluentBootstrapServer' },
  child: { kind: 'none' },
  auth: ['secret'],
  grants: { default: [], allowed: [] },
}
