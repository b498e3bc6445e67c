import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupId, owner, parseExtensionId, parseResourceId, sameId, short } from '../../src/model/resource-id.ts'

const subscription = '0B1F6471-1BF0-4DDA-AEC3-CB9272F09590'
const account = `/subscriptions/${subscription}/resourceGroups/Data-RG/providers/Microsoft.Storage/storageAccounts/stData`

describe('parseResourceId', () => {
  it('takes an id apart and keeps the case of its names', () => {
    expect(parseResourceId(`${account}/blobServices/default`)).toEqual({
      id: `${account.replace(subscription, subscription.toLowerCase())}/blobServices/default`,
      subscription: subscription.toLowerCase(),
      group: 'Data-RG',
      provider: 'Microsoft.Storage',
      types: ['storageAccounts', 'blobServices'],
      names: ['stData', 'default'],
      type: 'microsoft.storage/storageaccounts/blobservices',
      name: 'default',
      parent: account.replace(subscription, subscription.toLowerCase()),
    })
  })

  it('reads the casing that AKS answers and writes one casing', () => {
    const id = parseResourceId(account.replace('resourceGroups', 'resourcegroups').replace('/subscriptions', '/SUBSCRIPTIONS'))?.id
    expect(id).toBe(parseResourceId(account)?.id)
    expect(id).toContain('/resourceGroups/')
  })

  it('gives a top resource no parent', () => {
    expect(parseResourceId(account)).not.toHaveProperty('parent')
  })

  it.each([
    ['nothing', ''],
    ['a bare name', 'stdata'],
    ['no leading slash', account.slice(1)],
    ['a trailing slash', `${account}/`],
    ['an empty segment', account.replace('/providers', '//providers')],
    ['a type without a name', `${account}/blobServices`],
    ['a group alone', `/subscriptions/${subscription}/resourceGroups/rg`],
    ['a subscription that is no UUID', account.replace(subscription, 'production')],
    ['a group that ends with a dot', account.replace('Data-RG', 'rg.')],
    ['a group of 91 characters', account.replace('Data-RG', 'g'.repeat(91))],
    ['a parent step', account.replace('stData', '..')],
    ['a current step', account.replace('stData', '.')],
    ['a query', `${account}?api-version=1`],
    ['a fragment', `${account}#x`],
    ['an escape', account.replace('stData', 'st%2Fdata')],
    ['a backslash', account.replace('stData', 'st\\data')],
    ['a quote', account.replace('stData', "st'data")],
    ['a line break', account.replace('stData', 'st\ndata')],
    ['a line break at the end', `${account}\n`],
    ['a space', account.replace('stData', 'st data')],
    ['a Kelvin sign, which is lower-cased to k', account.replace('Data-RG', 'rg-\u212a')],
    ['a provider without a dot', account.replace('Microsoft.Storage', 'Storage')],
    ['an extension resource', `${account}/providers/Microsoft.Authorization/roleAssignments/x`],
    ['too long', account.replace('stData', `${'a'.repeat(200)}/x/${'a'.repeat(200)}`.repeat(4))],
    ['a number', 7],
    ['an object', { id: account }],
  ])('refuses %s', (_, text) => {
    expect(parseResourceId(text)).toBeUndefined()
  })

  it('takes groups with letters of any script', () => {
    expect(parseResourceId(account.replace('Data-RG', 'données_(1)'))?.group).toBe('données_(1)')
  })

  it('reads back what it wrote, and whatever else it is given never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom(account, `${account}/a/b`).chain((id) => fc.nat(id.length).map((at) => id.slice(0, at))),
        ),
        (text) => {
          const parsed = parseResourceId(text)
          if (parsed) expect(parseResourceId(parsed.id)).toEqual(parsed)
        },
      ),
    )
  })
})

describe('parseExtensionId', () => {
  const linker = `${account}/providers/Microsoft.ServiceLinker/linkers/a.b_c`
  it('says on which resource it lies', () => {
    expect(parseExtensionId(linker)).toMatchObject({ type: 'microsoft.servicelinker/linkers', name: 'a.b_c', on: { name: 'stData' } })
  })
  it('refuses a resource that is no extension, and an extension on no resource', () => {
    expect(parseExtensionId(account)).toBeUndefined()
    expect(parseExtensionId(`/subscriptions/${subscription}/providers/Microsoft.Authorization/roleAssignments/x`)).toBeUndefined()
  })
})

describe('what is made of an id', () => {
  it('cuts an id to its owner of a type', () => {
    const child = `${account}/blobServices/default/containers/c`
    expect(owner(child, 'Microsoft.Storage/storageAccounts')).toBe(parseResourceId(account)?.id)
    expect(owner(account, 'microsoft.storage/storageaccounts')).toBe(parseResourceId(account)?.id)
    expect(owner(child, 'microsoft.sql/servers')).toBeUndefined()
  })
  it('names the group', () => {
    expect(groupId(account)).toBe(`/subscriptions/${subscription.toLowerCase()}/resourceGroups/Data-RG`)
  })
  it('shortens to subscription, group and the name of the top resource', () => {
    expect(short(`${account}/blobServices/default`)).toBe(`${subscription.toLowerCase()}/Data-RG/stData`)
  })
  it('compares without regard to case', () => {
    expect(sameId(account, account.toUpperCase())).toBe(true)
    expect(sameId(account, `${account}x`)).toBe(false)
  })
  it('throws on what was never parsed', () => {
    expect(() => groupId('rg')).toThrow(TypeError)
  })
})
