// A fleet: what the simulated Azure holds when it begins, as a document that a person can read and write. `fleet()` builds one for
// tests, `readFleet` reads YAML. Ids of principals come from names, so that they are the same in every run.

import { createHash } from 'node:crypto'
import { parse } from 'yaml'
import { z } from 'zod'
import deployed from '../../../infra/actions.json' with { type: 'json' }
import assignableRoles from '../../../infra/connection-roles.json' with { type: 'json' }

const name = z.string().min(1)
const region = z.string().regex(/^[a-z0-9]+$/)
const address = z.ipv4()

/**
 * `role`: name or guid of a built-in role, or a custom role's name. `on`: `subscription`, `group:<name>`, `cluster:<name>`,
 * `storage:<name>`, `vault:<name>` or a full id. `condition`: CONNECTION_ROLES in it stands for the roles that a
 * deployment lets the app give (infra/connection-roles.json).
 */
const assignable = Object.keys(assignableRoles).join(', ')
const condition = z.string().transform((text) => text.replaceAll('CONNECTION_ROLES', assignable))
const grant = z.strictObject({ role: name, on: z.string().default('subscription'), condition: condition.optional() })

const kubernetesGrant = z.strictObject({
  cluster: name,
  namespaces: z.array(z.string()).default(['*']),
  resources: z.array(z.string()).default(['*']),
  verbs: z.array(z.string()).default(['*']),
})

const cluster = z.strictObject({
  name,
  group: name,
  region,
  subscription: z.string().optional(),
  outbound: z
    .enum(['loadBalancer', 'managedNATGateway', 'userAssignedNATGateway', 'userDefinedRouting', 'none', 'block'])
    .default('loadBalancer'),
  outboundIps: z.int().min(1).default(1),
  oidcIssuer: z.boolean().default(true),
  workloadIdentity: z.boolean().default(true),
  /** Azure RBAC for Kubernetes; without it only `kubernetes` grants count. */
  azureRbac: z.boolean().default(true),
  namespaces: z.array(z.string()).default([]),
  stopped: z.boolean().default(false),
  tags: z.record(z.string(), z.string()).default({}),
  /** More of the ARM body's `properties`, as it is. */
  properties: z.record(z.string(), z.unknown()).default({}),
})

const storageAccount = z.strictObject({
  name: z.string().regex(/^[a-z0-9]{3,24}$/),
  group: name,
  region,
  subscription: z.string().optional(),
  /** `open` to all networks, `rules` = only the addresses of `allow`, `closed` = no public access at all, `perimeter` = secured by a network security perimeter. */
  network: z.enum(['open', 'rules', 'closed', 'perimeter']).default('open'),
  allow: z.array(z.string()).default([]),
  /** Ids of subnets that its virtual network rules let in. */
  subnets: z.array(z.string()).default([]),
  sharedKeys: z.boolean().default(true),
  containers: z.array(z.string()).default([]),
  tags: z.record(z.string(), z.string()).default({}),
})

/** Soft delete as all vaults have it. */
const keyVault = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{2,23}$/),
  group: name,
  region,
  subscription: z.string().optional(),
  /** Without Azure RBAC access policies decide, and there are none to begin with. */
  azureRbac: z.boolean().default(true),
  purgeProtection: z.boolean().default(false),
})

/** What a deployment lets the app do by its custom role: infra/actions.json, whatever the targets are. */
const deployedActions: readonly string[] = Object.values(deployed)
  .filter(({ grantedBy }) => grantedBy === 'custom role')
  .flatMap(({ actions }) => Object.keys(actions))

/** `DEPLOYED` stands for them. */
const actionList = z.array(z.string()).transform((names) => names.flatMap((name) => (name === 'DEPLOYED' ? deployedActions : [name])))

const fleetSchema = z.strictObject({
  /** `tenant`: of another Entra tenant than the app. */
  subscriptions: z.array(z.strictObject({ id: z.guid(), name, tenant: z.guid().optional(), disabled: z.boolean().optional() })).min(1),
  /** The connector's own identity, and where it runs. */
  app: z.strictObject({
    name,
    group: name,
    region,
    ip: address.default('192.0.2.10'),
    /** Private clusters whose network it is joined to. */
    reaches: z.array(name).default([]),
    /** Audience of tokens for the app itself. */
    audience: z.string().default('api://connector'),
    /** Where it keeps secrets that people give it; one of `keyVaults`. */
    keyVault: z.string().optional(),
    roles: z.array(grant).default([]),
    kubernetes: z.array(kubernetesGrant).default([]),
  }),
  customRoles: z
    .array(
      z.strictObject({
        name,
        actions: actionList.default([]),
        notActions: z.array(z.string()).default([]),
        dataActions: z.array(z.string()).default([]),
        notDataActions: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  people: z.array(z.strictObject({ name, appRoles: z.array(z.string()).default([]), roles: z.array(grant).default([]) })).default([]),
  groups: z
    .array(z.strictObject({ name, region, subscription: z.string().optional(), tags: z.record(z.string(), z.string()).default({}) }))
    .default([]),
  clusters: z.array(cluster).default([]),
  storageAccounts: z.array(storageAccount).default([]),
  keyVaults: z.array(keyVault).default([]),
  /** App registrations with a client secret: service principals that people provide. */
  applications: z.array(z.strictObject({ name, secret: z.string().min(1) })).default([]),
  /** Other resources: in the words of their provider where it has some (`fleetTypes`), otherwise as ARM would answer them. */
  resources: z.array(z.looseObject({ id: z.string(), location: region })).default([]),
  locations: z.array(z.strictObject({ name, ip: address, region: region.optional() })).default([]),
  /** What Azure itself forbids, whatever roles say. `excluded`: names of people, or `app`. */
  denyAssignments: z
    .array(
      z.strictObject({
        name,
        on: z.string(),
        actions: z.array(z.string()),
        notActions: z.array(z.string()).default([]),
        excluded: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  unregisteredProviders: z.array(z.string()).default([]),
})

export type Fleet = z.output<typeof fleetSchema>
export type FleetInput = z.input<typeof fleetSchema>
export type Grant = z.output<typeof grant>

const parseFleet = (document: unknown): Fleet => fleetSchema.parse(document)
export const readFleet = (yaml: string): Fleet => parseFleet(parse(yaml))

/** The same name gives the same id. */
export function idOf(what: string): string {
  const hex = createHash('sha256').update(`fleet ${what.toLowerCase()}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

/** What infra/ grants to the app: no more than it needs. */
export const connectorRole = { name: 'AKS Service Connector', actions: [...deployedActions] }

/** Roles on data of targets are the only ones that the app may give or take, and to service principals only. */
const onlyFor = (source: 'Request' | 'Resource', action: string): string =>
  `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR ` +
  `(@${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${assignable}} AND ` +
  `@${source}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))`

/** https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples */
export const delegationCondition = `${onlyFor('Request', 'write')} AND ${onlyFor('Resource', 'delete')}`

/** The rights of the app, in full: `storage` is the account it keeps its own state in. */
export const connectorRoles = (storage: string): Grant[] => [
  { role: connectorRole.name, on: 'subscription' },
  { role: 'Role Based Access Control Administrator', on: 'subscription', condition: delegationCondition },
  { role: 'Azure Kubernetes Service Cluster User Role', on: 'subscription' },
  { role: 'Azure Kubernetes Service RBAC Writer', on: 'subscription' },
  { role: 'Storage Table Data Contributor', on: `storage:${storage}` },
  { role: 'Storage Blob Data Owner', on: `storage:${storage}` },
  { role: 'Storage Queue Data Contributor', on: `storage:${storage}` },
  { role: 'Key Vault Secrets Officer', on: 'vault:connectorkeys' },
]

export const subscription = '5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10'

/** A small fleet for tests: one cluster, one storage account with a firewall in another region, and the connector with its own. */
export function fleet(overrides: Partial<FleetInput> = {}): Fleet {
  return parseFleet({
    subscriptions: [{ id: subscription, name: 'Test' }],
    app: {
      name: 'connector',
      group: 'connector',
      region: 'westeurope',
      keyVault: 'connectorkeys',
      roles: connectorRoles('connectorstate'),
    },
    keyVaults: [{ name: 'connectorkeys', group: 'connector', region: 'westeurope' }],
    applications: [{ name: 'batch', secret: 'secret-of-batch' }],
    customRoles: [connectorRole],
    people: [
      { name: 'ada', appRoles: ['Connections.Read', 'Connections.Write', 'Policies.Write'], roles: [{ role: 'Owner' }] },
      { name: 'rob', appRoles: ['Connections.Read'], roles: [{ role: 'Reader' }] },
    ],
    clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'] }],
    ...overrides,
    storageAccounts: [
      ...(overrides.storageAccounts ?? [
        { name: 'orders', group: 'shop', region: 'northeurope', network: 'rules', containers: ['invoices', 'photos'] },
      ]),
      { name: 'connectorstate', group: 'connector', region: 'westeurope', sharedKeys: false },
    ],
  })
}
