// Each Secret against what Azure's own Service Connector documents (https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-blob and
// its siblings), carried in as service-connector.json: every key and value, for each type, auth and client.
import { describe, expect, it } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { defaultGrants } from '../../src/model/grant.ts'
import { secret } from '../../src/model/secret.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { childName, resourceName, type SecretInput, type SecretTable, valuesIn } from '../../src/targets/secret-table.ts'
import documented from './service-connector.json' with { type: 'json' }

type Documented = {
  readonly displayName: string
  readonly child: string
  readonly auth: readonly string[]
  readonly clients: readonly string[]
  readonly defaultRoles: readonly string[]
  readonly secret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
}
const all: Readonly<Record<string, Documented>> = documented

const account = 'stdata'
const owner = `/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/${account}`
const words: Readonly<Record<string, string>> = {
  account,
  account_key: 'a2V5',
  identity_client_id: 'c1',
  sp_client_id: 'c2',
  sp_client_secret: 'hush',
  tenant_id: 't1',
}
const filled = (text: string): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, word: string) => words[word] ?? expect.fail(`no value for ${word}`))
const inputOf = (endpoint: string): SecretInput => ({
  service: { endpoint },
  targetId: `${owner}/blobServices/default`,
  identity: { clientId: 'c1', principalId: 'p1', tenant: 't1' },
  servicePrincipal: { clientId: 'c2', tenant: 't1', secret: secret('hush') },
  credential: secret('a2V5'),
})
const input = (service: string): SecretInput => inputOf(`https://${account}.${service}.core.windows.net/`)
const open = (values: ReturnType<typeof valuesIn>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))
const serviceOf = (type: string): string => type.replace('storage-', '')

const rows = targets.flatMap((target) =>
  target.auth.flatMap((auth) =>
    (target.clientsByAuth?.[auth] ?? target.clients).map((client) => ({ target, type: target.type, auth, client })),
  ),
)

describe('what a connection puts into its Secret', () => {
  it.each(rows)('is documented of $type with $auth for $client', ({ target, type, auth, client }) => {
    const ofAuth = all[type]?.secret[auth] ?? {}
    const expected = Object.entries(ofAuth[client] ?? ofAuth['*'] ?? {}).map(([key, value]) => [key, filled(value)])
    expect(open(valuesIn(target.secret, auth, client, input(serviceOf(type))))).toEqual(Object.fromEntries(expected))
    expect(target.keys(auth, client)).toEqual(Object.keys(valuesIn(target.secret, auth, client, input(serviceOf(type)))))
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
    const theirs = Object.entries(all).map(([type, { secret: _, ...rest }]) => [type, rest])
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs))
  })

  it('never holds a key or client secret in the open', () => {
    for (const { target, auth, client } of rows) {
      const text = JSON.stringify(valuesIn(target.secret, auth, client, input('blob')))
      expect(text).not.toMatch(/a2V5|hush/)
    }
  })

  it.each(targets.map(({ type, secret: table }) => ({ type, table })))(
    'fits clouds and zones with other endpoints: $type',
    ({ type, table }) => {
      const service = serviceOf(type)
      const at = (endpoint: string): string => Object.values(open(valuesIn(table, 'secret', 'none', inputOf(endpoint))))[0] ?? ''
      expect(at(`https://${account}.${service}.core.chinacloudapi.cn/`)).toMatch(/;EndpointSuffix=core\.chinacloudapi\.cn$/)
      const zone = `https://${account}.z12.${service}.storage.azure.net/`
      expect(at(zone).toLowerCase()).toContain(`;${service}endpoint=${zone}`)
    },
  )

  it('cannot be made without what it is made of', () => {
    const only = { service: { endpoint: 'https://stdata.blob.core.windows.net/' }, targetId: owner }
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
  it('can be the name of the child that the connection is to, and of the resource that owns it', () => {
    const place =
      '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.DocumentDB/databaseAccounts/acc'
    const table: SecretTable = { secret: { '*': { ACCOUNT: resourceName, DATABASE: childName(), GRAPH: childName(1) } } }
    const values = (child: string) =>
      valuesIn(table, 'secret', 'none', { ...inputOf('https://x/'), targetId: `${place}/gremlinDatabases/${child}` })
    expect(values('db/graphs/people')).toEqual({ ACCOUNT: 'acc', DATABASE: 'db', GRAPH: 'people' })
    expect(values('other/graphs/people')).toEqual({ ACCOUNT: 'acc', DATABASE: 'other', GRAPH: 'people' })
  })
})
