// A Kafka cluster of Confluent Cloud. https://learn.microsoft.com/azure/service-connector/how-to-integrate-confluent-kafka
import { address } from '../outside.ts'
import { jaasLogin } from '../quoting.ts'
import { type Expression, provided, text, withProvided } from '../secret-table.ts'
import { targetType } from '../target-type.ts'
import { confluentClients } from './confluent-schema-registry.ts'

const login: Expression = withProvided((secret, key) => jaasLogin(key, secret))

export const confluentCloud = targetType({
  type: 'confluent-cloud',
  displayName: 'Apache Kafka on Confluent Cloud',
  on: { endpoint: 'ConfluentBootstrapServer', label: 'bootstrap server' },
  child: { kind: 'none' },
  aliases: ['confluent'],
  gives: 'nothing',
  auth: ['secret'],
  clients: confluentClients,
  grants: { default: [], allowed: [] },
  notes: [
    '`authInfo.name` is the API key of the cluster, and the password its API secret',
    'clients also need `security.protocol=SASL_SSL` and `sasl.mechanism=PLAIN` in the configuration of your app',
    'Spring Boot 3 reads `spring.kafka.bootstrap-servers`, which stands beside `spring.kafka.properties.bootstrap.servers`, as Azure Service Connector writes it',
    'the schema registry is a connection of its own: [`confluent-schema-registry`](./confluent-schema-registry.md)',
  ],

  // https://github.com/servicebinding/spec#well-known-secret-entries; Quarkus and kube-service-bindings read these names.
  serviceBinding: {
    type: 'kafka',
    entries: {
      'bootstrap-servers': address(9092),
      uri: address(9092),
      'security-protocol': text('SASL_SSL'),
      'sasl-mechanism': text('PLAIN'),
    },
    secret: { username: provided.userName, password: provided.secret },
  },

  secret: {
    secret: {
      '*': { AZURE_CONFLUENTCLOUDKAFKA_BOOTSTRAPSERVER: address(9092), AZURE_CONFLUENTCLOUDKAFKA_KAFKASASLCONFIG: login },
      springBoot: {
        'spring.kafka.properties.bootstrap.servers': address(9092),
        'spring.kafka.properties.sasl.jaas.config': login,
        'spring.kafka.bootstrap-servers': address(9092),
      },
    },
  },
})
