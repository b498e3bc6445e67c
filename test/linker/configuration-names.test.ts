import { describe, expect, it } from 'vitest'
import { authTypeNamed } from '../../src/auth/catalogue.ts'
import { configurationNamesOf, parseFilter } from '../../src/linker/configuration-names.ts'
import { targets } from '../../src/targets/catalogue.ts'

type Entry = { readonly targetService: string; readonly clientType: string; readonly authType: string; readonly names: object[] }
const list = (filter: string): readonly Entry[] =>
  (configurationNamesOf(targets, parseFilter(filter) ?? expect.fail('no filter')) as { value: { properties: Entry }[] }).value.map(
    ({ properties }) => properties,
  )

describe('the names of configurations', () => {
  it('are those of the Secret, by target, auth and client', () => {
    const filter = "TargetService eq 'Microsoft.AppConfiguration/configurationStores' and ClientType eq 'dotnet' and authType eq 'secret'"
    expect(list(filter)).toEqual([
      {
        targetService: 'MICROSOFT.APPCONFIGURATION/CONFIGURATIONSTORES',
        clientType: 'dotnet',
        authType: 'secret',
        names: [{ value: 'AZURE_APPCONFIGURATION_CONNECTIONSTRING', description: '' }],
      },
    ])
  })

  it('are there for each target and auth, no two are the same, and none is empty', () => {
    const all = list('')
    const keys = all.map((one) => JSON.stringify(one))
    expect(new Set(keys).size).toBe(keys.length)
    expect(all.filter(({ names }) => names.length === 0)).toEqual([])
    const asked = all.map(({ targetService, clientType, authType }) => `${targetService} ${clientType} ${authType}`)
    for (const { on, auth } of targets)
      for (const one of auth.filter((name) => name !== 'csi')) {
        const { authType } = authTypeNamed(one).wire
        expect(
          asked.some(
            (text) =>
              text.startsWith(('armType' in on ? on.armType : (on.soldAs ?? on.endpoint)).toUpperCase()) && text.endsWith(` ${authType}`),
          ),
        ).toBe(true)
      }
  })

  it('of services of one resource differ by its child', () => {
    const services = list("ClientType eq 'nodejs' and AuthType eq 'secret'").map(({ targetService }) => targetService)
    expect(services).toEqual(
      expect.arrayContaining(['MICROSOFT.STORAGE/STORAGEACCOUNTS/BLOBSERVICES', 'MICROSOFT.STORAGE/STORAGEACCOUNTS/QUEUESERVICES']),
    )
  })

  it('of nothing that is known are none', () => {
    expect(list("TargetService eq 'Microsoft.Web/sites'")).toEqual([])
  })
})

it.each([
  'x',
  "TargetService ne 'x'",
  "Other eq 'x'",
  "AuthType eq 'a' or AuthType eq 'b'",
  "AuthType eq 'a' and AuthType eq 'b'",
  "__proto__ eq 'x'",
])('cannot read the filter %s', (text) => {
  expect(parseFilter(text)).toBeUndefined()
})
