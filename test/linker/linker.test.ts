import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConnectionInput } from '../../src/declare/connection-input.ts'
import { specOf } from '../../src/declare/connection-spec.ts'
import { linkerOf } from '../../src/linker/answer.ts'
import { linkerFields } from '../../src/linker/linker.ts'
import { withNulls } from '../../src/linker/nulls.ts'
import { parseLinkerBody } from '../../src/linker/request.ts'
import type { Connection, ConnectionSpec } from '../../src/model/connection.ts'
import { endpointOf } from '../../src/model/endpoint-target.ts'
import { loop } from '../../src/model/loop.ts'
import type { TargetType } from '../../src/model/target-type.ts'
import type { Installation } from '../../src/model/view.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { accountId, clusterId, defaultRole, identityId, readerRole, subscription } from '../model/a-connection.ts'
import { kafka, redis, vault } from '../targets/children.ts'

const installation: Installation = { name: 'main', tenant: 't', graceMs: 1, massGraceMs: 1, goneAfterMs: 1, leavingMs: 1 }
const targetId = `${accountId}/blobServices/default`
const clientId = '11111111-2222-4333-8444-555555555555'
const body = (properties: object = {}) => ({ properties: { targetService: { type: 'AzureResource', id: targetId }, ...properties } })
const ask = (properties: object = {}) => {
  const read = parseLinkerBody(body(properties), targets)
  if ('issues' in read) throw new Error(JSON.stringify(read.issues))
  return read.value
}
const issues = (some: unknown): readonly string[] => {
  const read = parseLinkerBody(some, targets)
  return 'issues' in read ? read.issues.map(({ field, message, hint }) => `${field}: ${message} / ${hint}`) : []
}
const spec = (some: unknown, identity?: string): ConnectionSpec => {
  const read = parseLinkerBody(some, targets)
  if ('issues' in read) throw new Error(JSON.stringify(read.issues))
  const { identityRef, ...fields } = read.value
  const made = specOf(
    {
      ...fields,
      origin: 'http',
      name: 'data',
      cluster: loop('cluster', clusterId),
      identity: fields.identity ?? (identityRef ? identity : undefined),
    },
    installation,
    linkerFields,
  )
  if ('issues' in made) throw new Error(JSON.stringify(made.issues))
  return made.value
}
const sanitize = (connection: ConnectionSpec, over: object = {}) =>
  linkerOf({ ...connection, generation: 1 } as Connection, {
    provisioningState: 'Succeeded',
    facts: {},
    identity: {},
    problems: [],
    ...over,
  }) as unknown as {
    properties: Record<string, never>
  }

describe('the body of a linker', () => {
  it('can have every field that GET answers', () => {
    const everything = { problems: [{}], conditions: [{}], warning: 'w', timeline: [{}] }
    expect(issues(sanitize(spec(body()), everything))).toEqual([])
  })

  it('is answered with null where it has nothing, which put again means the same', () => {
    const secret = { authType: 'secret' }
    const withRole = { authType: 'userAssignedIdentity', roles: [readerRole] }
    for (const properties of [
      {},
      { authInfo: secret },
      { authInfo: withRole, configurationInfo: { customizedKeys: { AZURE_STORAGEBLOB_CLIENTID: 'CLIENT' } } },
    ]) {
      const before = spec(body(properties))
      const answered = withNulls(sanitize(before).properties)
      expect(answered).toMatchObject({ vNetSolution: null, secretStore: { keyVaultId: null }, targetService: { resourceProperties: null } })
      expect(answered).toMatchObject({ configurationInfo: { daprProperties: null }, publicNetworkSolution: { firewallRules: null } })
      expect(spec({ properties: answered })).toEqual(before)
      expect(answered).toMatchObject(sanitize(before).properties)
    }
  })

  describe('of a server outside of Azure', () => {
    const endpoint = 'xxx.eastus.azure.confluent.cloud:9092'
    const targetService = { type: 'ConfluentBootstrapServer', endpoint }
    const asked = (service: object, types: readonly TargetType[] = [redis, kafka]) => {
      const read = parseLinkerBody({ properties: { targetService: service } }, types)
      return 'issues' in read ? read.issues.map(({ field, message, hint }) => `${field}: ${message} / ${hint}`) : read.value
    }

    it('names it by its endpoint, and is answered with it', () => {
      const read = parseLinkerBody({ properties: { targetService, authInfo: { authType: 'secret' } } }, [redis, kafka])
      if ('issues' in read) throw new Error(JSON.stringify(read.issues))
      const made = specOf({ ...read.value, origin: 'http', name: 'data', cluster: loop('cluster', clusterId) }, installation, linkerFields)
      if ('issues' in made) throw new Error(JSON.stringify(made.issues))
      expect(endpointOf(made.value.target)).toEqual({ service: 'ConfluentBootstrapServer', endpoint })
      expect(sanitize(made.value).properties['targetService']).toEqual(targetService)
    })

    it.each([
      ['without an endpoint', { type: 'ConfluentBootstrapServer' }, 'properties.targetService.endpoint:', '<host>:<port>'],
      [
        'with an id in its place',
        { type: 'confluentbootstrapserver', id: accountId },
        'properties.targetService.endpoint:',
        '<host>:<port>',
      ],
      [
        'of a kind that no type has',
        { ...targetService, type: 'SelfHostedServer' },
        'properties.targetService.type:',
        'ConfluentBootstrapServer',
      ],
      ['of a kind that clusters have not', { ...targetService, type: 'FabricPlatform' }, 'NotOnAks', 'AzureResource'],
      ['of an unknown kind', { ...targetService, type: 'SomeServer' }, 'properties.targetService.type:', 'AzureResource'],
    ])('is refused %s', (_, service, field, hint) => {
      const [issue] = asked(service) as readonly string[]
      expect(issue).toContain(field)
      expect(issue).toContain(hint)
    })

    const neon = { type: 'SelfHostedServer', endpoint: 'ep-cool-1.gwc.azure.neon.tech/orders' }
    const parsed = (properties: object) => {
      const read = parseLinkerBody({ properties }, targets)
      return 'issues' in read ? read.issues.map(({ field, message, hint }) => `${field}: ${message} / ${hint}`) : read.value
    }

    it('has the type that is asked for where several are known by such an endpoint, and the child in its endpoint', () => {
      const read = parsed({ targetService: neon, targetType: 'neon', authInfo: { authType: 'secret', name: 'ada' } }) as ConnectionInput
      const owner = '/endpoints/SelfHostedServer/ep-cool-1.gwc.azure.neon.tech'
      expect(read.type.type).toBe('neon-postgres')
      expect(read.target).toEqual({ owner, id: `${owner}/orders` })
      const made = specOf({ ...read, origin: 'http', name: 'data', cluster: loop('cluster', clusterId) }, installation, linkerFields)
      if ('issues' in made) throw new Error(JSON.stringify(made.issues))
      const { targetService: answered, targetType } = sanitize(made.value).properties
      expect(parsed({ targetService: answered, targetType })).toMatchObject({ target: read.target })
    })

    it.each([
      [
        'without its type',
        { targetService: neon },
        'targetType: several types of target are a SelfHostedServer / neon-postgres or mongodb-atlas',
      ],
      ['with a type of another kind', { targetService: neon, targetType: 'redis' }, "'redis' is not a type of such a server"],
      ['without its database', { targetService: { ...neon, endpoint: 'x.neon.tech' }, targetType: 'neon' }, '<host>/<name>'],
      ['with a database that it has not', { targetService: neon, targetType: 'atlas' }, 'is not the endpoint of a mongodb-atlas / <host>'],
      [
        'by the id of its organization',
        {
          targetService: {
            type: 'AzureResource',
            id: `/subscriptions/${subscription}/resourceGroups/g/providers/Neon.Postgres/organizations/o`,
          },
        },
        'does not tell where the server is / targetService {"type":"SelfHostedServer","endpoint":"<host>/<name>"} and targetType neon-postgres',
      ],
    ])('is refused %s', (_, properties, said) => {
      const [issue] = parsed(properties) as readonly string[]
      expect(issue).toContain(said)
    })
  })

  it('names the forms of ids on the same resource where a child is missing, and else the services that there are', () => {
    const place = (provider: string) => `/subscriptions/${subscription}/resourceGroups/g/providers/${provider}`
    const hintFor = (id: string): string => {
      const read = parseLinkerBody({ properties: { targetService: { type: 'AzureResource', id } } }, targets)
      return 'issues' in read ? (read.issues[0]?.hint ?? '') : ''
    }
    const near = hintFor(place('Microsoft.DocumentDB/databaseAccounts/orders'))
    expect(near).toContain('/sqlDatabases/<name> (Azure Cosmos DB for NoSQL)')
    expect(near).not.toContain('Storage')
    expect(hintFor(place('Microsoft.Compute/disks/d'))).toMatch(
      /^the id of one of these: .*Azure Cosmos DB for NoSQL.*; for example \/subscriptions/,
    )
  })

  describe('that asks for the Kubernetes provider of App Configuration', () => {
    const place = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.AppConfiguration/configurationStores/settings`
    const resourceProperties = { type: 'AppConfig', connectWithKubernetesExtension: true }
    const asked = (more: object = {}, id = place) => ({
      properties: { targetService: { type: 'AzureResource', id, resourceProperties }, ...more },
    })

    // The second is what the Azure CLI was recorded to send.
    it.each([
      ['workload identity', {}, 'workload-identity'],
      [
        'a key',
        { authInfo: { authType: 'secret' }, clientType: 'python', secretStore: {}, configurationInfo: { configurationStore: {} } },
        'secret',
      ],
    ])('connects with it by %s, answers it, and takes its answer again', (_, more, auth) => {
      const made = spec(asked(more))
      expect(made).toMatchObject({ auth, kubernetesExtension: true })
      const answered = sanitize(made)
      expect(answered.properties).toMatchObject({
        targetService: { resourceProperties },
        kubernetesResourceName: { configMap: 'sc-data-configmap' },
      })
      expect(spec(answered)).toEqual(made)
    })

    it.each([
      ['another target', {}, targetId, /no cluster extension for storage-blob/],
      [
        'a service principal',
        { authInfo: { authType: 'servicePrincipalSecret', clientId, principalId: clientId, secret: 's' } },
        place,
        /not used with auth service-principal/,
      ],
      ['the transport extension', { kubernetesTransport: 'extension' }, place, /transport extension/],
      [
        'an identity binding',
        { authInfo: { authType: 'userAssignedIdentity', federation: 'identity-binding' } },
        place,
        /identity binding/,
      ],
    ])('is refused with %s', (_, more, id, message) => {
      const read = parseLinkerBody(asked(more, id), targets)
      if ('issues' in read) throw new Error(JSON.stringify(read.issues))
      const made = specOf(
        { ...read.value, origin: 'http', name: 'data', cluster: loop('cluster', clusterId), identity: undefined },
        installation,
        linkerFields,
      )
      expect('issues' in made && made.issues).toMatchObject([
        { field: 'properties.targetService.resourceProperties.connectWithKubernetesExtension', message: expect.stringMatching(message) },
      ])
    })
  })

  describe('that asks for the Key Vault add-on', () => {
    const id = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.KeyVault/vaults/vault`
    const resourceProperties = { type: 'KeyVault', connectAsKubernetesCsiDriver: true }
    const asked = (authInfo?: object, properties: object = resourceProperties) =>
      parseLinkerBody({ properties: { targetService: { type: 'AzureResource', id, resourceProperties: properties }, authInfo } }, [vault])
    const fieldsOf = (read: ReturnType<typeof asked>) => ('issues' in read ? read.issues.map(({ field }) => field) : [])

    it.each([
      ['alone', undefined],
      ["as Azure Service Connector's tools write it", { authType: 'userAssignedIdentity', clientId: null, subscriptionId: null }],
    ])('connects with its identity: %s', (_, authInfo) => {
      const read = asked(authInfo)
      if ('issues' in read) throw new Error(JSON.stringify(read.issues))
      const made = specOf({ ...read.value, origin: 'http', name: 'data', cluster: loop('cluster', clusterId) }, installation, linkerFields)
      if ('issues' in made) throw new Error(JSON.stringify(made.issues))
      expect(made.value).toMatchObject({
        auth: 'csi',
        provided: true,
        identity: { id: `/addons/azureKeyvaultSecretsProvider${clusterId}` },
      })
      const { properties } = sanitize(made.value)
      expect(properties['targetService']).toEqual({ type: 'AzureResource', id, resourceProperties })
      expect(properties['authInfo']).toMatchObject({ authType: 'userAssignedIdentity' })
    })

    it.each([
      ['the identity of the add-on', resourceProperties, 'csi'],
      ['that of the pod', undefined, 'workload-identity'],
    ])('takes the objects that pods mount with %s, answers them, and takes its answer again', (_, properties, auth) => {
      const objects = [
        { objectName: 'a', objectType: 'secret' },
        { objectName: 'b', objectType: 'cert', objectAlias: 'b.pem', objectVersion: '0123456789abcdef0123456789abcdef' },
      ]
      const targetService = { type: 'AzureResource', id, ...(properties ? { resourceProperties: properties } : {}) }
      const asked = spec({ properties: { targetService, secretProviderClass: { objects: [{ objectName: 'a' }, objects[1]] } } })
      expect(asked).toMatchObject({ auth, vaultObjects: objects })
      const answered = sanitize(asked)
      expect(answered.properties).toMatchObject({
        secretProviderClass: { objects },
        kubernetesResourceName: { secretProviderClass: 'sc-data-secretprovider' },
      })
      expect(spec(answered)).toEqual(asked)
      for (const none of [null, {}, { objects: null }, { objects: [] }])
        expect(spec({ properties: { targetService, secretProviderClass: none } })).not.toHaveProperty('vaultObjects')
      expect(issues({ properties: { targetService, secretProviderClass: { objects: [{ objectName: 'a', objectType: 'pfx' }] } } })).toEqual(
        [expect.stringMatching(/^properties\.secretProviderClass\.objects\.0\.objectType: /)],
      )
    })

    it('is refused with an identity, with another auth type, and of a target without it', () => {
      expect(fieldsOf(asked({ authType: 'userAssignedIdentity', clientId }))).toEqual(['properties.authInfo.clientId'])
      expect(fieldsOf(asked({ authType: 'secret' }))).toEqual(['properties.authInfo.authType'])
      expect(fieldsOf(asked(undefined, { type: 'AppConfig', connectWithKubernetesExtension: 'yes' }))).toEqual([
        'properties.targetService.resourceProperties.connectWithKubernetesExtension',
      ])
      expect(issues(body({ targetService: { type: 'AzureResource', id: targetId, resourceProperties } }))).toEqual([
        'properties.targetService.resourceProperties: auth csi is not offered for storage-blob by this version / leave it out; storage-blob has workload-identity, secret, service-principal',
      ])
    })

    it('is refused with values of any kind', () => {
      for (const value of [{ toString: 1 }, [{ valueOf: null, toString: null }], 'yes', 1])
        expect(fieldsOf(asked(undefined, { connectAsKubernetesCsiDriver: value }))).toEqual(['properties.targetService.resourceProperties'])
    })

    it('means nothing where it is off', () => {
      const read = asked({ authType: 'userAssignedIdentity' }, { type: 'KeyVault', connectAsKubernetesCsiDriver: false })
      expect('value' in read && read.value.auth).toBe('workload-identity')
    })
  })

  it('names a child by its whole id, and is answered with it', () => {
    const id = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.Cache/redis/cache/databases/0`
    const read = parseLinkerBody({ properties: { targetService: { type: 'AzureResource', id } } }, [redis])
    if ('issues' in read) throw new Error(JSON.stringify(read.issues))
    const made = specOf({ ...read.value, origin: 'http', name: 'data', cluster: loop('cluster', clusterId) }, installation, linkerFields)
    if ('issues' in made) throw new Error(JSON.stringify(made.issues))
    expect(made.value).toMatchObject({ target: { id: id.replace('/databases/0', '') }, targetId: id })
    expect(sanitize(made.value).properties['targetService']).toEqual({ type: 'AzureResource', id })
  })

  it('of the shortest form has every default', () => {
    expect(spec(body())).toMatchObject({
      auth: 'workload-identity',
      namespace: 'default',
      client: 'none',
      roles: [defaultRole],
      provided: false,
      firewall: 'open',
    })
  })

  it("is read as Azure Service Connector's tools send it", () => {
    const sent = {
      id: null,
      properties: {
        targetService: { type: 'AzureResource', id: targetId, resourceProperties: null },
        authInfo: {
          authType: 'userAssignedIdentity',
          clientId,
          subscriptionId: subscription,
          authMode: 'optInAllAuth',
          userName: null,
          roles: null,
          deleteOrUpdateBehavior: 'Default',
        },
        clientType: 'python',
        scope: 'shop',
        provisioningState: null,
        vNetSolution: null,
        secretStore: { keyVaultId: null },
        publicNetworkSolution: { action: null, firewallRules: { ipRanges: null, azureServices: 'false', callerClientIP: 'false' } },
        configurationInfo: {
          action: 'enable',
          customizedKeys: { AZURE_STORAGEBLOB_CLIENTID: 'MY_ID' },
          additionalConfigurations: {},
          daprProperties: { version: null },
        },
      },
    }
    expect(spec(sent, identityId)).toMatchObject({
      provided: true,
      identity: loop('identity', identityId),
      client: 'python',
      namespace: 'shop',
      firewall: 'open',
      customizedKeys: { AZURE_STORAGEBLOB_CLIENTID: 'MY_ID' },
    })
  })

  it('names a given identity by client id and subscription, or by ARM id', () => {
    expect(ask({ authInfo: { authType: 'userAssignedIdentity', clientId, subscriptionId: subscription } }).identityRef).toEqual({
      clientId,
      subscriptionId: subscription,
    })
    expect(ask({ authInfo: { authType: 'userAssignedIdentity', clientId } }).identityRef).toEqual({ clientId })
    expect(ask({ authInfo: { authType: 'userAssignedIdentity', clientId, identityId } })).toMatchObject({ identity: identityId })
    expect(ask({ authInfo: { authType: 'userAssignedIdentity' } })).not.toHaveProperty('identityRef')
  })

  it('reads the opt-outs', () => {
    expect(spec(body({ publicNetworkSolution: { action: 'optOut' } })).firewall).toBe('keep')
    expect(spec(body({ authInfo: { authType: 'userAssignedIdentity', authMode: 'optOutAllAuth' } })).roles).toEqual([])
    expect(issues(body({ configurationInfo: { action: 'optOut' } }))[0]).toContain('configinfo')
  })

  it('takes roles as GUIDs, ids of role definitions, or names', () => {
    const roles = [
      readerRole.toUpperCase(),
      `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${defaultRole}`,
      'storage blob data reader',
    ]
    expect(spec(body({ authInfo: { authType: 'userAssignedIdentity', roles } })).roles).toEqual([readerRole, defaultRole])
  })

  it.each([
    ['no object', 'text', 'body'],
    ['no properties', {}, 'properties'],
    ['no target', { properties: {} }, 'properties.targetService'],
    ['another service', body({ targetService: { type: 'FabricPlatform', endpoint: 'x' } }), 'FabricPlatform'],
    ['an id that is none', body({ targetService: { type: 'AzureResource', id: 'stdata' } }), 'properties.targetService.id'],
    ['an account without the child', body({ targetService: { type: 'AzureResource', id: accountId } }), 'blobServices/default'],
    [
      'another child',
      body({ targetService: { type: 'AzureResource', id: `${accountId}/managementPolicies/default` } }),
      'properties.targetService.id',
    ],
    [
      'a vault by CSI',
      body({
        targetService: {
          type: 'AzureResource',
          id: targetId,
          resourceProperties: { type: 'KeyVault', connectAsKubernetesCsiDriver: true },
        },
      }),
      'resourceProperties',
    ],
    ['systemAssignedIdentity', body({ authInfo: { authType: 'systemAssignedIdentity' } }), 'systemAssignedIdentity'],
    [
      'a service principal without object id',
      body({ authInfo: { authType: 'servicePrincipalSecret', clientId, secret: 'hunter2' } }),
      'authInfo.principalId',
    ],
    [
      'a certificate',
      body({ authInfo: { authType: 'servicePrincipalCertificate', clientId, certificate: 'hunter2' } }),
      'servicePrincipalCertificate',
    ],
    ['accessKey', body({ authInfo: { authType: 'accessKey' } }), 'accessKey'],
    ['a given secret', body({ authInfo: { authType: 'secret', secretInfo: { secretType: 'rawValue', value: 'hunter2' } } }), 'secretInfo'],
    ['a secret opted out of', body({ authInfo: { authType: 'secret', authMode: 'optOutAllAuth' } }), 'authMode'],
    [
      'a subscription without client id',
      body({ authInfo: { authType: 'userAssignedIdentity', subscriptionId: subscription } }),
      'clientId',
    ],
    ['a client id that is none', body({ authInfo: { authType: 'userAssignedIdentity', clientId: 'me' } }), 'properties.authInfo.clientId'],
    [
      'roles beside opting out',
      body({ authInfo: { authType: 'userAssignedIdentity', authMode: 'optOutAllAuth', roles: [defaultRole] } }),
      'roles',
    ],
    ['a private link', body({ vNetSolution: { type: 'privateLink' } }), "publicNetworkSolution: { action: 'optOut' }"],
    ['a secret store', body({ secretStore: { keyVaultId: '/x' } }), 'Key Vault'],
    [
      'own firewall rules',
      body({ publicNetworkSolution: { action: 'enable', firewallRules: { ipRanges: ['0.0.0.0/0'] } } }),
      'firewallRules',
    ],
    ['all of Azure', body({ publicNetworkSolution: { firewallRules: { azureServices: 'true' } } }), 'firewallRules'],
    ['a configuration store', body({ configurationInfo: { configurationStore: { appConfigurationId: '/x' } } }), 'configurationStore'],
    [
      'another secret store of Dapr',
      body({ configurationInfo: { daprProperties: { secretStoreComponent: 'x' } } }),
      'secretStoreComponent',
    ],
    ['a secret in Dapr', body({ configurationInfo: { daprProperties: { metadata: [{ name: 'a', secretRef: 'hunter2' }] } } }), 'secretRef'],
    ['deleting what others made', body({ publicNetworkSolution: { deleteOrUpdateBehavior: 'ForcedCleanup' } }), 'never deleted'],
    ['an unknown property', body({ colour: 'red' }), 'colour'],
    ['a number as namespace', body({ scope: 7 }), 'properties.scope'],
  ])('with %s is refused by name', (_what, some, word) => {
    const all = issues(some)
    expect(all.length).toBeGreaterThan(0)
    expect(all.join('\n')).toContain(word)
    expect(all.join('\n')).not.toContain('hunter2')
  })

  it('names everything that is wrong at once', () => {
    const all = issues(
      body({ authInfo: { authType: 'accessKey' }, vNetSolution: { type: 'privateLink' }, configurationInfo: { action: 'optOut' } }),
    )
    expect(all).toHaveLength(3)
  })

  it('closes the secret of a service principal before anything can see it', () => {
    const read = ask({ authInfo: { authType: 'servicePrincipalSecret', clientId, principalId: clientId.toUpperCase(), secret: 'hunter2' } })
    expect(JSON.stringify(read)).not.toContain('hunter2')
    expect(read.rawSecret?.reveal()).toBe('hunter2')
    expect(read.servicePrincipal).toEqual({ clientId, principalId: clientId })
  })

  it('makes the loop of a service principal of its object id, and takes it for one that its author provides', () => {
    const made = spec(body({ authInfo: { authType: 'servicePrincipalSecret', clientId, principalId: clientId } }))
    expect(made).toMatchObject({
      auth: 'service-principal',
      provided: true,
      roles: [defaultRole],
      identity: { id: `/servicePrincipals/${clientId}` },
    })
    expect(made).not.toHaveProperty('secret')
  })

  it.each<[string, object]>([
    ['workload identity', {}],
    ['a service principal', { authInfo: { authType: 'servicePrincipalSecret', clientId, principalId: clientId, secret: 's' } }],
    ['a secret', { authInfo: { authType: 'secret' }, clientType: 'springBoot' }],
    ['a given identity', { authInfo: { authType: 'userAssignedIdentity', clientId, subscriptionId: subscription } }],
    ['roles', { authInfo: { authType: 'userAssignedIdentity', roles: [readerRole, defaultRole] } }],
    [
      'opt-outs and keys',
      {
        authInfo: { authType: 'userAssignedIdentity', authMode: 'optOutAllAuth' },
        publicNetworkSolution: { action: 'optOut' },
        configurationInfo: { customizedKeys: { AZURE_STORAGEBLOB_CLIENTID: 'MY_ID' } },
      },
    ],
    [
      'with keys of its own, and the connection in the names of the others',
      { configurationInfo: { keyNaming: 'perConnection', additionalConfigurations: { MODE: 'fast' } } },
    ],
    ['an identity binding', { authInfo: { authType: 'userAssignedIdentity', federation: 'identity-binding' } }],
    [
      'shapes for others',
      {
        configurationInfo: {
          shape: 'servicebinding',
          daprProperties: { metadata: [{ name: 'containerName', value: 'orders' }], scopes: ['orders'] },
        },
      },
    ],
    [
      'with more in its connection strings',
      { authInfo: { authType: 'secret' }, configurationInfo: { additionalConnectionStringProperties: { Timeout: '30' } } },
    ],
  ])('as it is answered can be put again and means the same: %s', (_what, properties) => {
    const first = spec(body({ scope: 'shop', ...properties }), identityId)
    for (const identity of [{}, { clientId }])
      expect(spec(sanitize(first, { identity, timeline: [], warning: 'x' }), identityId)).toEqual(first)
  })

  it('is answered with the names in Kubernetes, and without a secret', () => {
    const response = sanitize(spec(body({ authInfo: { authType: 'secret' } })))
    expect(response.properties['kubernetesResourceName']).toEqual({ secret: 'sc-data-secret' })
    expect(response.properties['authInfo']).toEqual({ authType: 'secret', authMode: 'optInAllAuth' })
    expect(sanitize(spec(body()), { identity: { clientId } }).properties['kubernetesResourceName']).toEqual({
      secret: 'sc-data-secret',
      serviceAccount: `sc-account-${clientId}`,
    })
  })

  it('of any JSON is understood or refused, and never throws', () => {
    const properties = fc.record(
      { targetService: fc.anything(), authInfo: fc.anything(), configurationInfo: fc.anything(), scope: fc.anything() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ properties })), (some) => {
        const read = parseLinkerBody(some, targets)
        expect('issues' in read ? read.issues.length : 1).toBeGreaterThan(0)
      }),
    )
  })
})
