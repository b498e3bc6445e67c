import { describe, expect, it } from 'vitest'
import { providerOf, templateOf } from '../../src/model/outside-call.ts'

const subscription = '/subscriptions/5f0c3f3e-0000-4000-8000-000000000001'
const account = `${subscription}/resourceGroups/shop/providers/Microsoft.Storage/storageAccounts/orders`

describe('the template of a path', () => {
  it.each([
    [`${account}/listKeys`, '/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/listKeys'],
    [
      `${account}/blobServices/default`,
      '/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/blobServices/{}',
    ],
    [
      `${account}/providers/Microsoft.Authorization/roleAssignments/0000-1`,
      '/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/providers/Microsoft.Authorization/roleAssignments/{}',
    ],
    [
      `${subscription}/providers/Microsoft.ContainerService/locations/westeurope/operations/0000-2`,
      '/subscriptions/{}/providers/Microsoft.ContainerService/locations/{}/operations/{}',
    ],
    ['/providers/Microsoft.ResourceGraph/resources', '/providers/Microsoft.ResourceGraph/resources'],
    ['/api/v1/namespaces/orders/secrets/sc-photos-secret', '/api/v1/namespaces/{}/secrets/{}'],
    ['/api/v1/namespaces/orders/serviceaccounts/a/token', '/api/v1/namespaces/{}/serviceaccounts/{}/token'],
    ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
  ])('keeps the words of %s', (path, template) => expect(templateOf(path)).toBe(template))

  it.each([
    "/connector(PartitionKey='secret',RowKey='x')",
    '/secret/path',
    '/subscriptions/secret',
    '/subscriptions/1/secret.1',
    '/api/v1/namespaces/secret/secrets/secret',
    '/providers/secret',
    `/providers/Microsoft.Storage/${'secret'.repeat(20)}`,
  ])('says nothing of what it does not know: %s', (path) => expect(templateOf(path).replace('/secrets/', '/')).not.toContain('secret'))
})

it('names the provider of the outermost resource', () => {
  expect(providerOf(`${account}/providers/Microsoft.Authorization/roleAssignments/0000-1`)).toBe('microsoft.authorization')
  expect(providerOf(account.toUpperCase())).toBe('microsoft.storage')
  expect(providerOf(`${subscription}/resourceGroups/shop`)).toBe('microsoft.resources')
})
