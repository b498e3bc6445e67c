// The list of target types. A new one is a file in types/, a name in model/target-type.ts and a line below; with a new ARM resource also a file in resources/.

import type { EndpointTarget } from '../model/endpoint-target.ts'
import type { ServiceFacts } from '../model/facts.ts'
import type { TargetTypeName } from '../model/target-type.ts'
import { serviceAt } from './outside.ts'
import type { Resource } from './resource.ts'
import { resourceIn, type Target } from './target-type.ts'
import { aiservices } from './types/aiservices.ts'
import { appInsights } from './types/app-insights.ts'
import { appconfig } from './types/appconfig.ts'
import { cognitiveservices } from './types/cognitiveservices.ts'
import { confluentCloud } from './types/confluent-cloud.ts'
import { confluentSchemaRegistry } from './types/confluent-schema-registry.ts'
import { cosmosCassandra } from './types/cosmos-cassandra.ts'
import { cosmosGremlin } from './types/cosmos-gremlin.ts'
import { cosmosMongo } from './types/cosmos-mongo.ts'
import { cosmosSql } from './types/cosmos-sql.ts'
import { cosmosTable } from './types/cosmos-table.ts'
import { eventhub } from './types/eventhub.ts'
import { keyvault } from './types/keyvault.ts'
import { mongodbAtlas } from './types/mongodb-atlas.ts'
import { mysql } from './types/mysql.ts'
import { mysqlFlexible } from './types/mysql-flexible.ts'
import { neonPostgres } from './types/neon-postgres.ts'
import { openai } from './types/openai.ts'
import { postgres } from './types/postgres.ts'
import { postgresFlexible } from './types/postgres-flexible.ts'
import { redis } from './types/redis.ts'
import { redisEnterprise } from './types/redis-enterprise.ts'
import { servicebus } from './types/servicebus.ts'
import { signalr } from './types/signalr.ts'
import { sql } from './types/sql.ts'
import { storageBlob } from './types/storage-blob.ts'
import { storageFile } from './types/storage-file.ts'
import { storageQueue } from './types/storage-queue.ts'
import { storageTable } from './types/storage-table.ts'
import { webpubsub } from './types/webpubsub.ts'

const all: { readonly [Name in TargetTypeName]: Target<Name> } = {
  'storage-blob': storageBlob,
  'storage-queue': storageQueue,
  'storage-table': storageTable,
  'storage-file': storageFile,
  appconfig,
  keyvault,
  'cosmos-sql': cosmosSql,
  'cosmos-mongo': cosmosMongo,
  'cosmos-table': cosmosTable,
  'cosmos-cassandra': cosmosCassandra,
  'cosmos-gremlin': cosmosGremlin,
  'app-insights': appInsights,
  'redis-enterprise': redisEnterprise,
  servicebus,
  eventhub,
  signalr,
  webpubsub,
  redis,
  openai,
  cognitiveservices,
  aiservices,
  'postgres-flexible': postgresFlexible,
  'mysql-flexible': mysqlFlexible,
  sql,
  postgres,
  mysql,
  'confluent-cloud': confluentCloud,
  'confluent-schema-registry': confluentSchemaRegistry,
  'neon-postgres': neonPostgres,
  'mongodb-atlas': mongodbAtlas,
}

export const targets: readonly Target[] = Object.values(all)

/** By the name that Azure Service Connector gives the type: `storage-blob`. Aliases are for people: model/target-type.ts. */
export const targetOf = (type: TargetTypeName): Target | undefined => targets.find((target) => target.type === type)

/** Each resource once, however many types it offers. */
export const resources: readonly Resource[] = [...new Set(targets.flatMap((target) => resourceIn(target) ?? []))]

/** By its ARM type, ignoring case. */
export const resourceOf = (armType: string): Resource | undefined => resources.find((one) => one.armType === armType.toLowerCase())

/** What a server outside of Azure offers, which nothing but a declaration tells: each type that is known by such an endpoint. */
export const servicesAt = (at: EndpointTarget): Readonly<Record<string, ServiceFacts>> =>
  Object.fromEntries(targets.filter(({ on }) => 'endpoint' in on && on.endpoint === at.service).map(({ type }) => [type, serviceAt(at)]))
