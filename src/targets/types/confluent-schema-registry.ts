// A schema registry of Confluent Cloud: the second of the two linkers that Azure Service Connector's CLI makes for a Kafka cluster.
// https://learn.microsoft.com/azure/service-connector/how-to-integrate-confluent-kafka
import { httpsAddress } from '../outside.ts'
import { type Expression, provided, withProvided } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

/** The documentation has nodejs, the command line go. */
export const confluentClients = [...(['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go', 'springBoot'] as const)]

const userInfo: Expression = withProvided((secret, key) => `${key}:${secret}`)

export const confluentSchemaRegistry = targetType({
  type: 'confluent-schema-registry',
  displayName: 'Schema registry on Confluent Cloud',
  on: { endpoint: 'ConfluentSchemaRegistry', label: 'schema registry' },
  child: { kind: 'none' },
  aliases: ['confluent-schema'],
  gives: 'nothing',
  auth: ['secret'],
  clients: confluentClients,
  grants: { default: [], allowed: [] },
  notes: [
    '`authInfo.name` is the API key of the registry, and the password its API secret',
    'Azure Service Connector’s command line makes it as `<connection>_schema`, beside the connection to the cluster',
  ],

  serviceBinding: {
    type: 'schema-registry',
    entries: { uri: httpsAddress },
    secret: { username: provided.userName, password: provided.secret },
  },

  secret: {
    secret: {
      '*': { AZURE_CONFLUENTCLOUDSCHEMAREGISTRY_URL: httpsAddress, AZURE_CONFLUENTCLOUDSCHEMAREGISTRY_USERINFO: userInfo },
      springBoot: {
        'spring.kafka.properties.schema.registry.url': httpsAddress,
        'spring.kafka.properties.schema.registry.basic.auth.user.info': userInfo,
      },
    },
  },
})
