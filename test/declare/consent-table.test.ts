// The decision table of docs/policies.md, cell by cell: each situation is set up here, and the page says what comes of it.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allowed } from '../../src/declare/consent.ts'
import { consentsOf } from '../../src/declare/target-consent.ts'
import type { ConnectionSpec, Origin } from '../../src/model/connection.ts'
import { loop } from '../../src/model/loop.ts'
import type { Allow, Policy } from '../../src/model/policy.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { aConnection, accountId, defaultRole, readerRole } from '../model/a-connection.ts'

const all: Allow = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] }
const policy = (allow: Partial<Allow> = {}): Policy => ({ name: 'p', allow: { ...all, ...allow } })
const secretless: Partial<ConnectionSpec> = { auth: 'workload-identity', roles: [defaultRole] }
const tagged = (value: string) => consentsOf({ id: accountId, location: 'westeurope', tags: { 'connect-allow': value } }, targets)

type Situation = { readonly policies: readonly Policy[]; readonly connection?: Partial<ConnectionSpec>; readonly own?: true }
const situations: Readonly<Record<string, Situation>> = {
  'no policy': { policies: [] },
  'a policy that covers all of it': { policies: [policy()] },
  'two policies that cover half of it each': { policies: [policy({ namespaces: [] }), policy({ targets: [] })] },
  'the policy names `callers`': { policies: [policy({ callers: ['11111111-2222-4333-8444-555555555555'] })] },
  'a system namespace': { policies: [policy()], connection: { namespace: 'kube-system' } },
  'a key, and the policy has `workload-identity` only': {
    policies: [policy({ auth: ['workload-identity'] })],
    connection: { auth: 'secret', roles: [] },
  },
  'a role beyond the default': { policies: [policy()], connection: { roles: [defaultRole, readerRole] } },
  'a role beyond the default that `roles` lists': {
    policies: [policy({ roles: [readerRole] })],
    connection: { roles: [defaultRole, readerRole] },
  },
  'a provided identity': { policies: [policy()], connection: { provided: true } },
  'a provided identity that `identities` lists': { policies: [policy({ identities: ['*/*/*'] })], connection: { provided: true } },
  'transport `extension` without `changeClusters`': {
    policies: [policy({ transports: ['extension'] })],
    connection: { transport: 'extension' },
  },
  'transport `run-command`, and `transports` does not list it': {
    policies: [policy({ transports: ['direct', 'extension'], changeClusters: true })],
    connection: { transport: 'run-command' },
  },
  'transport `run-command` that `transports` lists': {
    policies: [policy({ transports: ['run-command'] })],
    connection: { transport: 'run-command' },
  },
  'transport `flux` without `changeClusters`': {
    policies: [policy({ transports: ['flux'] })],
    connection: { ...secretless, transport: 'flux' },
  },
  'transport `flux` that `transports` lists, with `changeClusters`': {
    policies: [policy({ transports: ['flux'], changeClusters: true })],
    connection: { ...secretless, transport: 'flux' },
  },
  "the app's own storage account": { policies: [policy()], own: true },
  "the target's tag names cluster and namespace": { policies: tagged('*/*:shop') },
  "the target's tag names another namespace": { policies: tagged('*/*:web') },
  "the tag of another resource, with the target's name and group": {
    policies: tagged('*/*:shop'),
    connection: { target: loop('target', accountId.replace('Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults')) },
  },
  "the target's tag, and a key": { policies: tagged('*/*:shop'), connection: { auth: 'secret', roles: [] } },
  "the target's tag, and a provided identity": { policies: tagged('*/*:shop'), connection: { provided: true } },
  "the target's tag, and a role beyond the default": { policies: tagged('*/*:shop'), connection: { roles: [defaultRole, readerRole] } },
}

const page = readFileSync('docs/policies.md', 'utf8')
const [, table = ''] = /\n(\| situation \|[\s\S]+?)\n\n/.exec(page) ?? []
const [head = '', , ...rows] = table.split('\n')
const cellsOf = (row: string): readonly string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
const origins: readonly Origin[] = ['tag', 'http', 'policy', 'configmap']

describe('the decision table', () => {
  it('has a column for each origin, and a row for each situation', () => {
    expect(cellsOf(head)).toEqual(['situation', 'tag', 'HTTP', 'policy', 'ConfigMap'])
    expect(rows.map((row) => cellsOf(row)[0])).toEqual(Object.keys(situations))
  })

  it.each(
    rows.flatMap((row) => origins.map((origin, at) => [cellsOf(row)[0] ?? '', origin, cellsOf(row)[at + 1]?.split(/[ ,]/)[0]] as const)),
  )('says of %s, declared by %s: %s', (name, origin, said) => {
    const { policies, connection, own } = situations[name] ?? { policies: [] }
    const spec = { ...aConnection({ ...secretless, ...connection }), origin }
    const installation = { name: 'main', ...(own ? { own: { storageAccounts: ['stdata'], keyVaults: [] } } : {}) }
    expect('by' in allowed(spec, policies, [defaultRole], { installation }) ? 'yes' : 'no').toBe(said)
  })
})
