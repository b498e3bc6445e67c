// The second Secret of a connection, read back as a mounted volume by a client library of the Service Binding specification.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getBinding } from 'kube-service-bindings'
import { afterEach, describe, expect, it } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { secret } from '../../src/model/secret.ts'
import { servicePrincipalLoop } from '../../src/model/service-principal.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { bindingTypeOf, serviceBindingOf } from '../../src/targets/service-binding.ts'
import type { Target } from '../../src/targets/target-type.ts'
import { aConnection } from '../model/a-connection.ts'
import { placed, sampleOf } from './samples.ts'

const servicePrincipal = { clientId: 'c2', principalId: 'p2' }
const named = (type: string): Target => targets.find((target) => target.type === type) ?? expect.fail(`there is no ${type}`)

function entriesOf(target: Target, auth: Auth): Record<string, string> {
  const { service, targetId, key } = placed(target)
  const self = {
    ...aConnection({ auth, type: target.type, targetId }),
    ...(auth === 'secret' ? { userName: 'shopper' } : {}),
    ...(auth === 'service-principal' ? { identity: servicePrincipalLoop(servicePrincipal) } : {}),
    servicePrincipal,
  }
  const known = { service, tenant: 't1', identity: { clientId: 'c1', principalId: 'p1', tenant: 't1' } }
  const entries = serviceBindingOf(target, self, known, { credential: secret(key), provided: secret('hush') })
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))
}

/** As kubelet mounts it. */
function mounted(type: string, auth: Auth): void {
  const root = mkdtempSync(join(tmpdir(), 'bindings-'))
  mkdirSync(join(root, 'it'))
  for (const [key, value] of Object.entries(entriesOf(named(type), auth))) writeFileSync(join(root, 'it', key), value)
  process.env['SERVICE_BINDING_ROOT'] = root
}

describe('a Secret in the shape of the Service Binding specification', () => {
  afterEach(() => {
    delete process.env['SERVICE_BINDING_ROOT']
  })

  it('gives ioredis and redis what they connect by', () => {
    mounted('redis', 'secret')
    const { words } = sampleOf(named('redis'))
    const place = { host: expect.stringContaining('.redis.'), port: expect.stringMatching(/^\d+$/), password: words['key'] }
    expect(getBinding('REDIS', 'ioredis')).toMatchObject(place)
    expect(getBinding('REDIS', 'redis')).toMatchObject({ socket: { host: place.host, port: place.port }, password: words['key'] })
  })

  it('gives mongodb a URL', () => {
    mounted('cosmos-mongo', 'secret')
    expect(getBinding('MONGODB', 'mongodb')).toMatchObject({ url: 'mongodb://acc:a2V5@acc.mongo.cosmos.azure.com:10255' })
  })

  it('gives kafkajs the brokers and how to sign in', () => {
    mounted('eventhub', 'secret')
    expect(getBinding('KAFKA', 'kafkajs')).toMatchObject({
      brokers: ['messages.servicebus.windows.net:9093'],
      ssl: true,
      sasl: { mechanism: 'plain', username: '$ConnectionString', password: expect.stringContaining('SharedAccessKey=') },
    })
  })

  it('gives rhea the place and the shared access key', () => {
    mounted('servicebus', 'secret')
    const { words } = sampleOf(named('servicebus'))
    expect(getBinding('AMQP', 'rhea')).toMatchObject({
      host: 'messages.servicebus.windows.net',
      port: '5671',
      username: expect.any(String),
      password: words['key'],
    })
  })

  it.each([
    { type: 'postgres-flexible', read: () => getBinding('POSTGRESQL', 'pg'), port: '5432', user: 'shopper' },
    { type: 'postgres', read: () => getBinding('POSTGRESQL', 'pg'), port: '5432', user: 'shopper@pg1' },
    { type: 'mysql-flexible', read: () => getBinding('MYSQL', 'mysql2'), port: '3306', user: 'shopper' },
    { type: 'mysql', read: () => getBinding('MYSQL', 'mysql2'), port: '3306', user: 'shopper@my1' },
  ])('gives the client of $type place, user and password', ({ type, read, port, user }) => {
    mounted(type, 'secret')
    const { child = expect.fail('the sample has no database') } = sampleOf(named(type))
    const host = expect.stringMatching(/^(pg1\.postgres|my1\.mysql)\.database\.azure\.com$/)
    expect(read()).toMatchObject({ host, port, user, password: 'hush', database: child })
  })

  it('gives Spring the JDBC URL of each database, and an identity the name of its user', () => {
    expect(entriesOf(named('sql'), 'secret')).toMatchObject({
      type: 'sqlserver',
      port: '1433',
      'jdbc-url': expect.stringMatching(/^jdbc:sqlserver:\/\/sql1\.database\.windows\.net:1433;databaseName=/),
      username: 'shopper',
      password: 'hush',
    })
    for (const type of ['postgres-flexible', 'mysql-flexible']) {
      const entries = entriesOf(named(type), 'workload-identity')
      expect(entries).toMatchObject({ username: expect.stringMatching(/./), 'jdbc-url': expect.stringMatching(/sslmode=require/) })
      expect(entries).not.toHaveProperty('password')
    }
  })

  it.each(targets.flatMap((target) => target.auth.map((auth) => ({ target, type: target.type, auth }))))(
    'has type, provider, place and sign-in of $type with $auth',
    ({ target, auth }) => {
      const entries = entriesOf(target, auth)
      expect(entries).toMatchObject({ type: bindingTypeOf(target), uri: expect.stringMatching(/^(?!server:)./) })
      expect(entries['provider']).toBe('armType' in target.on ? 'azure' : undefined)
      if (target.gives === 'nothing' && auth === 'secret')
        expect(entries).toMatchObject({ username: expect.stringMatching(/^shopper/), password: 'hush' })
      if (auth === 'workload-identity') expect(entries).toMatchObject({ 'client-id': 'c1', 'tenant-id': 't1' })
      if (auth === 'service-principal') expect(entries).toMatchObject({ 'client-id': 'c2', 'client-secret': 'hush', 'tenant-id': 't1' })
      if (auth === 'secret') expect(JSON.stringify(entries)).toContain(sampleOf(target).words['key'] ?? '')
      // As Kubernetes wants keys of Secrets.
      for (const key of Object.keys(entries)) expect(key).toMatch(/^[A-Za-z0-9._-]+$/)
    },
  )
})
