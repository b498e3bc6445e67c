// Each Secret against what Azure's own Service Connector documents (https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-blob and
// its siblings), carried in as service-connector.json: every key and value, for each type, auth and client. `ours`: keys that stand beside those, because
// what is documented does not work for everyone.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { defaultGrants } from '../../src/model/grant.ts'
import { secret } from '../../src/model/secret.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { jaasLogin } from '../../src/targets/quoting.ts'
import { childName, provided, resourceName, type SecretInput, type SecretTable, valuesIn } from '../../src/targets/secret-table.ts'
import type { Target } from '../../src/targets/target-type.ts'
import { placed, sampleOf } from './samples.ts'
import documented from './service-connector.json' with { type: 'json' }

type Documented = {
  readonly displayName: string
  readonly child: string
  readonly auth: readonly string[]
  readonly clients: readonly string[]
  readonly defaultRoles: readonly string[]
  readonly secret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  readonly ours?: readonly string[]
}
const all: Readonly<Record<string, Documented>> = documented

const wordsOf = (target: Target): Readonly<Record<string, string>> => ({
  identity_client_id: 'c1',
  csi_addon_identity_client_id: 'c1',
  sp_client_id: 'c2',
  sp_client_secret: 'hush',
  tenant_id: 't1',
  user: 'ada',
  password: 'hush',
  urlencoded_password: 'hush',
  identity_user: 'sc_user',
  identity_object_id: 'p1',
  ...sampleOf(target).words,
})
const filled = (text: string, target: Target): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, word: string) => wordsOf(target)[word] ?? expect.fail(`no value for ${word}`))
/** What the values are made of: the resource as read, and its key as picked. `host`: of another cloud. */
function input(target: Target, host?: string): SecretInput {
  const { service, targetId, key } = placed(target, host)
  return {
    service,
    targetId,
    identity: { clientId: 'c1', principalId: 'p1', tenant: 't1' },
    servicePrincipal: { clientId: 'c2', tenant: 't1' },
    provided: { secret: secret('hush'), userName: 'ada' },
    databaseUser: 'sc_user',
    credential: secret(key),
  }
}
const open = (values: ReturnType<typeof valuesIn>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))

const rows = targets.flatMap((target) =>
  target.auth.flatMap((auth) =>
    (target.clientsByAuth?.[auth] ?? target.clients).map((client) => ({ target, type: target.type, auth, client })),
  ),
)

describe('what a connection puts into its Secret', () => {
  it.each(rows)('is documented of $type with $auth for $client', ({ target, type, auth, client }) => {
    const ofAuth = all[type]?.secret[auth] ?? {}
    const expected = Object.entries(ofAuth[client] ?? ofAuth['*'] ?? {}).map(([key, value]) => [key, filled(value, target)])
    const values = valuesIn(target.secret, auth, client, input(target))
    expect(open(values)).toEqual(Object.fromEntries(expected))
    expect(target.keys(auth, client)).toEqual(Object.keys(values))
  })

  it('is there for every type, auth and client that is documented, and for no other', () => {
    const ours = targets.map(({ type, displayName, child, auth, clients, grants }) => [
      type,
      {
        displayName,
        child: child.kind === 'none' ? '' : child.path,
        auth: [...auth].sort(),
        clients: [...clients].sort(),
        defaultRoles: defaultGrants(grants),
      },
    ])
    const theirs = Object.entries(all).map(([type, { secret: _, ours: __, ...rest }]) => [type, rest])
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs))
  })

  it('never holds a key or client secret in the open', () => {
    for (const { target, auth, client } of rows) {
      const text = JSON.stringify(valuesIn(target.secret, auth, client, input(target)))
      expect(text).not.toMatch(/a2V5|hush/)
    }
  })

  it.each(rows)('is read from the resource, so that it fits every cloud: $type with $auth for $client', ({ target, auth, client }) => {
    // Which Azure Resource Manager belongs to a cloud is no field of the resource: test/targets/cosmos.test.ts.
    const valuesAt = (host?: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(open(valuesIn(target.secret, auth, client, input(target, host)))).map(([key, value]) => [
          key,
          value.replaceAll('https://management.azure.com', ''),
        ]),
      )
    const [here, there] = [valuesAt(), valuesAt('cloud.example')]
    const names = Object.keys(here).filter((key) =>
      /windows\.net|azconfig\.io|signalr\.net|vault\.azure\.net|azure\.com/.test(here[key] ?? ''),
    )
    for (const key of names) expect(there[key]).toContain('cloud.example')
    expect(JSON.stringify(there)).not.toMatch(/windows\.net|azconfig\.io|signalr\.net|vault\.azure\.net|azure\.com/)
  })

  it.each(targets.filter(({ type }) => type.startsWith('storage-')))('fits accounts in a DNS zone of their own: $type', (target) => {
    const service = target.type.replace('storage-', '')
    const zone = `https://stdata.z12.${service}.storage.azure.net/`
    const values = valuesIn(target.secret, 'secret', 'none', { ...input(target), service: { endpoint: zone } })
    expect((Object.values(open(values))[0] ?? '').toLowerCase()).toContain(`;${service}endpoint=${zone}`)
  })

  it('cannot be made without what it is made of', () => {
    const only = { service: { endpoint: 'https://stdata.blob.core.windows.net/' }, targetId: '/subscriptions/s' }
    const made = (auth: Auth) => () => valuesIn(targets[0]?.secret ?? {}, auth, 'none', only)
    expect(made('workload-identity')).toThrow('identity')
    expect(made('secret')).toThrow('credential')
    expect(made('service-principal')).toThrow('service principal')
  })

  it('has the same row for every client that has none of its own, whatever its name', () => {
    expect(targets[0]?.keys('secret', 'toString')).toEqual(targets[0]?.keys('secret', 'none'))
  })
})

describe('a value', () => {
  it('of a login module is one word for Java, whatever it is', () => {
    const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r' }
    const read = (quoted: string): string => quoted.replaceAll(/\\(.)/g, (_, one: string) => escapes[one] ?? one)
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', '\n', '\r', 'n', ';', '=', ' ', 'é') }), fc.string(), (password, user) => {
        const words = /^\S+ required username='((?:[^'\\\n\r]|\\.)*)' password='((?:[^'\\\n\r]|\\.)*)';$/.exec(jaasLogin(user, password))
        expect(words?.slice(1).map(read)).toEqual([user, password])
      }),
    )
  })

  it('can be the secret that the author provides, which stays wrapped, and the name of its user', () => {
    const table: SecretTable = { secret: { '*': { USER: provided.userName, PASSWORD: provided.secret } } }
    const values = valuesIn(table, 'secret', 'none', {
      service: { endpoint: 'https://x/' },
      targetId: '/',
      provided: { secret: secret('hush'), userName: 'ada' },
    })
    expect(JSON.stringify(values)).not.toContain('hush')
    expect(open(values)).toEqual({ USER: 'ada', PASSWORD: 'hush' })
  })

  it('can be the name of the child that the connection is to, and of the resource that owns it', () => {
    const place =
      '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.DocumentDB/databaseAccounts/acc'
    const table: SecretTable = { secret: { '*': { ACCOUNT: resourceName, DATABASE: childName(), GRAPH: childName(1) } } }
    const values = (child: string) =>
      valuesIn(table, 'secret', 'none', { service: { endpoint: 'https://x/' }, targetId: `${place}/gremlinDatabases/${child}` })
    expect(values('db/graphs/people')).toEqual({ ACCOUNT: 'acc', DATABASE: 'db', GRAPH: 'people' })
    expect(values('other/graphs/people')).toEqual({ ACCOUNT: 'acc', DATABASE: 'other', GRAPH: 'people' })
  })
})
