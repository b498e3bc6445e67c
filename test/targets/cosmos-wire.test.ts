// The values of Cosmos DB for Apache Cassandra and Gremlin work: the drivers that apps use take them as they stand in the Secret, connect, sign in and do
// one operation. Only where the host of the Secret is, and who vouches for its certificate, is another here than in Azure.
import dns from 'node:dns'
import { Agent } from 'node:https'
import { connect } from 'node:tls'
import { Client as CassandraClient, auth as cassandraAuth } from 'cassandra-driver'
import gremlin from 'gremlin'
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'
import type { Auth } from '../../src/model/auth.ts'
import type { TargetTypeName } from '../../src/model/target-type.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { cqlPeer } from './cql-peer.ts'
import { environment } from './environment.ts'
import { gremlinPeer } from './gremlin-peer.ts'
import { placed } from './samples.ts'

const account =
  '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.DocumentDB/databaseAccounts/acc'
const authTypes = ['secret', 'workload-identity', 'service-principal'] as const

/** The key of the account as an app gets it: from the Secret, or from Azure by the URL in it. */
function keyOf(type: TargetTypeName, auth: Auth): string {
  const value = environment(type, auth)
  if (auth === 'secret') return value('AZURE_COSMOS_PASSWORD')
  const url = new URL(value('AZURE_COSMOS_LISTKEYURL'))
  expect(url.pathname).toBe(`${account}/listKeys`)
  expect(value('AZURE_COSMOS_SCOPE')).toBe(`${url.origin}/.default`)
  return placed(targetOf(type) ?? expect.fail(`there is no ${type}`)).key
}

let ca = ''
let identityOf: (host: string) => ReturnType<typeof issue>
beforeAll(async () => {
  const authority = await createAuthority('cosmos')
  ca = authority.pem
  identityOf = (host) => issue(authority, [host])
})
afterEach(() => vi.restoreAllMocks())

describe.each(authTypes)('with %s', (auth) => {
  it('the driver of Cassandra signs in at the contact point and uses the keyspace', async () => {
    const value = environment('cosmos-cassandra', auth)
    const peer = await cqlPeer(await identityOf('acc.cassandra.cosmos.azure.com'))
    onTestFinished(() => peer.close())
    const asked: string[] = []
    const resolve = (name: string, done: (error: null, addresses: string[]) => void) => {
      asked.push(name)
      done(null, ['203.0.113.5'])
    }
    vi.spyOn(dns, 'resolve4').mockImplementation(resolve as typeof dns.resolve4)
    const host = value('AZURE_COSMOS_CONTACTPOINT')
    // As https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-cassandra has it.
    const client = new CassandraClient({
      contactPoints: [`${host}:${value('AZURE_COSMOS_PORT')}`],
      authProvider: new cassandraAuth.PlainTextAuthProvider(value('AZURE_COSMOS_USERNAME'), keyOf('cosmos-cassandra', auth)),
      localDataCenter: 'West Europe',
      keyspace: value('AZURE_COSMOS_KEYSPACE'),
      isMetadataSyncEnabled: false,
      // `host` and `port` go before the address of the contact point.
      sslOptions: { servername: host, rejectUnauthorized: true, ca, host: '127.0.0.1', port: peer.port } as object,
    })
    onTestFinished(() => client.shutdown())
    const { rows } = await client.execute('SELECT name FROM people')
    expect(rows.map((row) => row.get('name'))).toEqual(['Ada'])
    expect(client.hosts.keys()).toEqual(['203.0.113.5:10350'])
    expect([asked, [...peer.seen.names], [...peer.seen.signIns]]).toEqual([[host], ['acc.cassandra.cosmos.azure.com'], ['acc:a2V5']])
    expect(peer.seen.statements.slice(-2)).toEqual(['USE "orders"', 'SELECT name FROM people'])
  })

  it('the driver of Gremlin signs in to the graph', async () => {
    const value = environment('cosmos-gremlin', auth)
    const peer = await gremlinPeer(await identityOf('acc.gremlin.cosmos.azure.com'), 'a2V5')
    onTestFinished(() => peer.close())
    const asked: string[] = []
    const agent = new Agent()
    agent.createConnection = (options) => {
      asked.push(`${options.host}:${options.port}`)
      return connect({ servername: String(options.host), host: '127.0.0.1', port: peer.port, ca })
    }
    const { Client, auth: sasl } = gremlin.driver
    const open = (key: string) =>
      new Client(`wss://${value('AZURE_COSMOS_HOSTNAME')}:${value('AZURE_COSMOS_PORT')}/`, {
        authenticator: new sasl.PlainTextSaslAuthenticator(value('AZURE_COSMOS_USERNAME'), key),
        traversalsource: 'g',
        rejectUnauthorized: true,
        // The format that Cosmos DB speaks: https://learn.microsoft.com/azure/cosmos-db/gremlin/support
        mimeType: 'application/vnd.gremlin-v2.0+json',
        agent,
      })
    const [client, stranger] = [open(keyOf('cosmos-gremlin', auth)), open('another')]
    onTestFinished(async () => {
      for (const one of [client, stranger]) await one.close()
    })
    expect((await client.submit("g.V('ada').values('name')")).toArray()).toEqual(['Ada'])
    await expect(stranger.submit('g.V()')).rejects.toThrow('401')
    expect([new Set(asked), new Set(peer.seen.names)]).toEqual([
      new Set(['acc.gremlin.cosmos.azure.com:443']),
      new Set(['acc.gremlin.cosmos.azure.com']),
    ])
    expect([peer.seen.urls[0], peer.seen.signIns[0], peer.seen.queries]).toEqual([
      'acc.gremlin.cosmos.azure.com/',
      '/dbs/orders/colls/people:a2V5',
      ["g.V('ada').values('name')"],
    ])
  })
})
