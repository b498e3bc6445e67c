import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importedBody } from '../../src/linker/imported.ts'
import { parseLinkerBody } from '../../src/linker/request.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { accountId } from '../model/a-connection.ts'

/** As Azure answers one, in the shape of the api-version 2024-07-01-preview: everything that is not there is null. */
const answered = (over: object = {}) => ({
  provisioningState: 'Succeeded',
  targetService: { type: 'AzureResource', id: `${accountId}/blobServices/default`, resourceProperties: null },
  authInfo: { authType: 'secret', name: null, secretInfo: null, authMode: null },
  vNetSolution: null,
  clientType: 'python',
  secretStore: { keyVaultId: null, keyVaultSecretName: null },
  scope: 'shop',
  publicNetworkSolution: { firewallRules: null, deleteOrUpdateBehavior: null, action: null },
  configurationInfo: {
    customizedKeys: null,
    configurationStore: { appConfigurationId: null },
    additionalConfigurations: null,
    additionalConnectionStringProperties: null,
    deleteOrUpdateBehavior: null,
    action: null,
    daprProperties: null,
  },
  ...over,
})

describe('a connection of Azure Service Connector', () => {
  it('is the body of a PUT without what only answers have', () => {
    const { body, leftOut } = importedBody(answered())
    expect(body).toEqual({
      properties: {
        targetService: { type: 'AzureResource', id: `${accountId}/blobServices/default` },
        authInfo: { authType: 'secret' },
        clientType: 'python',
        scope: 'shop',
      },
    })
    expect(leftOut).toEqual([])
    expect(parseLinkerBody(body, targets)).toMatchObject({ value: { namespace: 'shop', client: 'python', auth: 'secret' } })
  })

  it('keeps what has a meaning here, and tells what has none', () => {
    const { body, leftOut } = importedBody(
      answered({
        authInfo: { authType: 'userAssignedIdentity', clientId: 'c', deleteOrUpdateBehavior: 'ForcedCleanup' },
        publicNetworkSolution: { action: 'enable', firewallRules: { azureServices: 'true' }, deleteOrUpdateBehavior: 'Default' },
        configurationInfo: { customizedKeys: { A: 'B' }, deleteOrUpdateBehavior: 'ForcedCleanup' },
      }),
      'extension',
    )
    expect(body.properties).toMatchObject({
      authInfo: { authType: 'userAssignedIdentity', clientId: 'c' },
      publicNetworkSolution: { action: 'enable' },
      configurationInfo: { customizedKeys: { A: 'B' } },
      kubernetesTransport: 'extension',
    })
    expect(leftOut).toEqual([
      'authInfo.deleteOrUpdateBehavior',
      'publicNetworkSolution.firewallRules',
      'publicNetworkSolution.deleteOrUpdateBehavior',
      'configurationInfo.deleteOrUpdateBehavior',
    ])
  })

  const of = (type: string) => accountId.replace('Microsoft.Storage/storageAccounts', type)
  it.each([
    [
      'a Key Vault by the CSI driver',
      of('Microsoft.KeyVault/vaults'),
      { type: 'KeyVault', connectAsKubernetesCsiDriver: true },
      { authType: 'userAssignedIdentity', subscriptionId: null, clientId: null },
      { auth: 'csi' },
    ],
    [
      'App Configuration by the extension',
      of('Microsoft.AppConfiguration/configurationStores'),
      { type: 'AppConfig', connectWithKubernetesExtension: true },
      { authType: 'secret', name: null, secretInfo: null, authMode: null },
      { auth: 'secret', kubernetesExtension: true },
    ],
    [
      'Service Bus with an identity',
      of('Microsoft.ServiceBus/namespaces'),
      null,
      {
        authType: 'userAssignedIdentity',
        clientId: 'd1f7a0c2-0000-4000-8000-000000000001',
        subscriptionId: null,
        roles: null,
        userName: null,
      },
      { auth: 'workload-identity', identityRef: { clientId: 'd1f7a0c2-0000-4000-8000-000000000001' } },
    ],
    [
      'a database with a password that no answer has',
      `${of('Microsoft.DBforPostgreSQL/flexibleServers')}/databases/shop`,
      null,
      { authType: 'secret', name: 'app', secretInfo: { secretType: 'rawValue' } },
      { auth: 'secret', userName: 'app' },
    ],
  ])('means the same as %s', (_, id, resourceProperties, authInfo, expected) => {
    const { body } = importedBody(answered({ targetService: { type: 'AzureResource', id, resourceProperties }, authInfo }))
    expect(parseLinkerBody(body, targets)).toMatchObject({ value: expected })
  })

  it('keeps references to a Key Vault, and no credential', () => {
    const reference = { secretType: 'keyVaultSecretUri', value: 'https://keys.vault.azure.net/secrets/db' }
    expect(importedBody(answered({ authInfo: { authType: 'secret', secretInfo: reference } })).body.properties['authInfo']).toEqual({
      authType: 'secret',
      secretInfo: reference,
    })
    const secrets = fc.record({
      secret: fc.constant('s3cret'),
      certificate: fc.constant('s3cret'),
      secretInfo: fc
        .record({ secretType: fc.string(), value: fc.constant('s3cret') })
        .filter(({ secretType }) => !secretType.startsWith('keyVaultSecret')),
    })
    fc.assert(
      fc.property(secrets, (authInfo) => {
        expect(JSON.stringify(importedBody(answered({ authInfo: { authType: 'secret', ...authInfo } })))).not.toContain('s3cret')
      }),
    )
  })
})
