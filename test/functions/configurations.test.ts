import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, expect, it } from 'vitest'
import type { SecretStorage } from '../../src/functions/http/handler-context.ts'
import { loop } from '../../src/model/loop.ts'
import { secretName } from '../../src/model/names.ts'
import { aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  everything,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  subscription,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

/** A Key Vault that takes secrets, and counts what is asked of it. */
const asked: string[] = []
const vault: SecretStorage = {
  idOf: (key) => `https://vault.example/secrets/${key}`,
  async put(key) {
    asked.push('put')
    return { id: `https://vault.example/secrets/${key}`, version: '1' }
  },
  discard: async () => void asked.push('discard'),
}

let given: TestServices
beforeEach(async () => {
  asked.length = 0
  given = testServices({ vault })
  await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: [`servicePrincipals/${subscription}/${subscription}`] } })
})
const call = async (method: string, path: string, ask: object = {}) => {
  const { status, body } = (await app(() => given.services)(request(method, `${path}?${version}`, ask), given.context)) as HttpResponseInit
  return { status, body: JSON.parse(String(body ?? '{}')) }
}
const put = (properties: object) => call('PUT', linkerPath('Photos'), { body: linkerBody(properties) })
const list = (name = 'photos') => call('POST', `${linkerPath(name)}/listConfigurations`, { claims: { roles: ['Connections.Read'] } })
const entry = (name: string, value: string) => ({
  name,
  value,
  configType: 'Default',
  keyVaultReferenceIdentity: null,
  description: `Key ${name} of the Secret sc-photos-secret in the namespace shop`,
})

async function targetWasRead(): Promise<void> {
  const target = loop('target', account)
  const member = (await given.store.read({ kind: 'connection', key: keyOfLinker('Photos'), id: '' }))?.row.self ?? expect.fail()
  await given.store.join(member, target)
  const facts = { services: { 'storage-blob': { endpoint: 'https://stdata.blob.core.windows.net/' } } }
  expect(await given.store.record(target, { step: 'read-target', tracked: [] }, { ...aRecord({ facts }), tracked: [] })).toBe('recorded')
}

it('names every key of the Secret and where it is, and shows what is no secret', async () => {
  await put({
    authInfo: {
      authType: 'servicePrincipalSecret',
      clientId: subscription,
      principalId: subscription,
      secret: 'hunter2',
    },
    configurationInfo: { customizedKeys: { AZURE_STORAGEBLOB_CLIENTSECRET: 'PASSWORD' }, additionalConfigurations: { MODE: 'fast' } },
  })
  await targetWasRead()
  const before = [asked.length, given.woken.length, given.table.writes()]
  const { status, body } = await list()
  expect(status).toBe(200)
  expect(body).toEqual({
    configurations: [
      entry('AZURE_STORAGEBLOB_RESOURCEENDPOINT', 'https://stdata.blob.core.windows.net/'),
      entry('AZURE_STORAGEBLOB_CLIENTID', subscription),
      entry('PASSWORD', ''),
      entry('AZURE_STORAGEBLOB_TENANTID', given.services.installation.tenant),
      entry('MODE', 'fast'),
    ],
  })
  expect([asked.length, given.woken.length, given.table.writes()]).toEqual(before)
  expect(secretName('Photos')).toBe('sc-photos-secret')
})

it('shows the keys before anything is known of the target, with empty values', async () => {
  await put({ authInfo: { authType: 'userAssignedIdentity' } })
  expect((await list()).body).toEqual({
    configurations: [entry('AZURE_STORAGEBLOB_RESOURCEENDPOINT', ''), entry('AZURE_STORAGEBLOB_CLIENTID', '')],
  })
})

it('is 404 for a connection that is not there, and 400 for a name that is none', async () => {
  expect(await list('nobody')).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } })
  expect(await list('_.-')).toMatchObject({ status: 400, body: { error: { code: 'InvalidResourceName' } } })
})
