import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertiesOf } from '../../src/linker/patch.ts'
import { type ApiVersion, apiVersions, ownVersion, withNewerFields } from '../../src/linker/versions.ts'
import type { Connection } from '../../src/model/connection.ts'
import { aConnection, defaultRole, readerRole } from '../model/a-connection.ts'

type Properties = Record<string, Record<string, unknown> | undefined>

/** What the models of a version have: https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/servicelinker/azure-mgmt-servicelinker/CHANGELOG.md */
const known: Readonly<Record<ApiVersion, readonly string[]>> = (() => {
  const first = ['targetService', 'authInfo', 'authInfo.authType', 'authInfo.clientId', 'authInfo.subscriptionId', 'clientType', 'scope']
  const second = [...first, 'publicNetworkSolution', 'configurationInfo', 'authInfo.roles']
  const third = [...second, 'authInfo.authMode']
  return {
    '2022-05-01': first,
    '2022-11-01-preview': second,
    '2023-04-01-preview': third,
    '2024-04-01': third,
    '2024-07-01-preview': third,
    [ownVersion]: [
      ...third,
      'configurationInfo.keyNaming',
      'configurationInfo.shape',
      'kubernetesTransport',
      'paused',
      'onDelete',
      'targetType',
      'secretProviderClass',
    ],
  }
})()

/** As an SDK of this version reads an answer and sends it back. */
function roundTrip(properties: Properties, version: ApiVersion): Properties {
  const has = (path: string): boolean => known[version].includes(path)
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => has(name))
      .map(([name, value]) => {
        if (name === 'authInfo')
          return [name, Object.fromEntries(Object.entries(value ?? {}).filter(([field]) => has(`authInfo.${field}`)))]
        if (name !== 'configurationInfo' || !value) return [name, value]
        return [
          name,
          Object.fromEntries(Object.entries(value).filter(([field]) => field !== 'keyNaming' || has('configurationInfo.keyNaming'))),
        ]
      }),
  )
}

const connections = fc.record({
  roles: fc.constantFrom([], [defaultRole], [readerRole]),
  firewall: fc.constantFrom('open', 'keep'),
  transport: fc.constantFrom('direct', 'extension'),
  keyNaming: fc.option(fc.constant('perConnection'), { nil: undefined }),
  additionalConfigurations: fc.option(fc.constant({ A: '1' }), { nil: undefined }),
  client: fc.constantFrom('none', 'python'),
  onDelete: fc.option(fc.constantFrom('keep' as const, 'remove' as const), { nil: undefined }),
  paused: fc.option(fc.constant(true as const), { nil: undefined }),
})
const settings = ['publicNetworkSolution', 'kubernetesTransport', 'paused', 'onDelete', 'configurationInfo', 'clientType', 'scope'] as const

describe('a client that reads a connection and writes it back', () => {
  it('takes nothing away, whatever its version knows', () => {
    fc.assert(
      fc.property(connections, fc.constantFrom(...apiVersions), (over, version) => {
        const self = { ...aConnection(over as Partial<Connection>), generation: 1 }
        const current = propertiesOf(self, {}, [defaultRole]) as Properties
        const { properties } = withNewerFields({ properties: roundTrip(current, version) }, current, version) as { properties: Properties }
        for (const name of settings) expect([name, properties[name]]).toEqual([name, current[name]])
        expect(properties['authInfo']?.['roles']).toEqual(current['authInfo']?.['roles'])
        const isOptedOut = properties['authInfo']?.['authMode'] === 'optOutAllAuth'
        expect(isOptedOut).toBe(over.roles.length === 0)
      }),
    )
  })

  it('may take away what its version knows', () => {
    const current = propertiesOf({ ...aConnection({ firewall: 'keep', roles: [readerRole] }), generation: 1 }, {}, [defaultRole])
    const body = { properties: { targetService: current['targetService'], authInfo: { authType: 'userAssignedIdentity' }, scope: 'shop' } }
    expect(withNewerFields(body, current, '2024-04-01')).toEqual(body)
    expect(withNewerFields(body, current, '2022-05-01')).toMatchObject({
      properties: { publicNetworkSolution: { action: 'optOut' }, authInfo: { roles: [readerRole] } },
    })
  })

  it('gets no roles of the former target or auth type', () => {
    const current = propertiesOf({ ...aConnection({ roles: [readerRole] }), generation: 1 }, {}, [defaultRole])
    const rolesOf = (properties: object) =>
      (withNewerFields({ properties: { ...current, ...properties } }, current, '2022-05-01') as { properties: Properties }).properties[
        'authInfo'
      ]?.['roles']
    expect(rolesOf({ authInfo: { authType: 'userAssignedIdentity' } })).toEqual([readerRole])
    expect(rolesOf({ authInfo: { authType: 'secret' } })).toBeUndefined()
    expect(
      rolesOf({ authInfo: { authType: 'userAssignedIdentity' }, targetService: { type: 'AzureResource', id: '/subscriptions/x' } }),
    ).toBe(undefined)
  })

  it('is passed on as it is, whatever its form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...apiVersions), (properties, version) => {
        withNewerFields({ properties }, propertiesOf({ ...aConnection(), generation: 1 }, {}, []), version)
      }),
    )
  })
})
