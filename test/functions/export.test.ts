// The export of a connection, from what its loops know: the same objects that the steps make, in every format, without a secret.
import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { StepName } from '../../src/model/step-name.ts'
import { aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  everything,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

let given: TestServices
const issuer = 'https://westeurope.oic.prod-aks.azure.com/tenant/issuer/'
const ids = { clientId: '22222222-2222-4333-8444-555555555555', principalId: '33333333-2222-4333-8444-555555555555', tenant: 'tenant' }

beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
})
const call = async (method: string, path: string, body?: unknown) => {
  const answer = (await app(() => given.services)(
    request(method, path, body === undefined ? {} : { body }),
    given.context,
  )) as HttpResponseInit
  return { status: answer.status, body: JSON.parse(String(answer.body)) }
}
const exported = (format: string, name = 'photos') => call('GET', `${linkerPath(name)}/export?${version}&format=${format}`)

/** What the loops of a connection have found out. */
async function connected(properties: object = {}): Promise<void> {
  await call('PUT', `${linkerPath('photos')}?${version}`, linkerBody(properties))
  const connection = { kind: 'connection', key: keyOfLinker('photos'), id: linkerPath('photos') } as const
  const self = (await given.store.read(connection))?.row.self
  if (!self) throw new Error('It is not stored')
  const known: readonly (readonly [Parameters<typeof given.store.join>[1], StepName, Readonly<Record<string, unknown>>])[] = [
    [
      self.cluster,
      'read-cluster',
      {
        uid: 'u',
        location: 'westeurope',
        running: true,
        issuer,
        workloadIdentity: true,
        egressIps: ['203.0.113.7'],
        outbound: { type: 'loadBalancer', ids: [] },
        tags: {},
        systemIdentities: [],
      },
    ],
    [
      self.target,
      'read-target',
      {
        location: 'northeurope',
        network: 'rules',
        localAuth: true,
        services: { 'storage-blob': { endpoint: 'https://stdata.blob.core.windows.net/' } },
      },
    ],
    ...(self.identity ? [[self.identity, 'ensure-identity', ids] as const] : []),
    [connection, 'check-consent', { consent: 'granted', place: { of: 'u/shop' } }],
  ]
  for (const [one, step, facts] of known) {
    if (one.kind !== 'connection') await given.store.join(self, one)
    await given.store.record(one, { step, tracked: [] }, { ...aRecord({ facts: { ...facts } }), tracked: [] })
  }
}

describe('the export of a connection', () => {
  it.each(['bicep', 'terraform', 'azapi', 'kubernetes', 'cli'])('has its objects in %s, and no secret', async (format) => {
    await connected()
    const { status, body } = await exported(format)
    expect([status, body.format]).toEqual([200, format])
    const text = body.files.map((file: { text: string }) => file.text).join('\n')
    if (format !== 'kubernetes') for (const word of [issuer, ids.principalId, 'system:serviceaccount:shop:']) expect(text).toContain(word)
    else expect(text).toContain(`sc-account-${ids.clientId}`)
    expect(text).not.toMatch(/AccountKey=/)
  })

  it('is valid Kubernetes YAML, with labels and annotations of the app', async () => {
    await connected()
    const { body } = await exported('kubernetes')
    const objects = parseAllDocuments(body.files[0].text).map((document) => document.toJS())
    expect(objects.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['Secret', 'ServiceAccount'])
    for (const { metadata } of objects)
      expect(metadata).toMatchObject({ namespace: 'shop', labels: { 'service-connector/installation': 'main' } })
    expect(objects.find(({ kind }: { kind: string }) => kind === 'Secret').stringData).toMatchObject({
      AZURE_STORAGEBLOB_RESOURCEENDPOINT: 'https://stdata.blob.core.windows.net/',
    })
  })

  it('names the key of a secret, and never its value', async () => {
    await connected({ authInfo: { authType: 'secret' } })
    const { body } = await exported('kubernetes')
    expect(body.files[0].text).toContain('Not in this file, because they are or may be secret: AZURE_STORAGEBLOB_CONNECTIONSTRING')
    expect(body.files[0].text).not.toContain('stringData')
  })

  it('says what is missing while it is not connected yet, and which formats there are', async () => {
    await call('PUT', `${linkerPath('photos')}?${version}`, linkerBody())
    expect((await exported('bicep')).body).toMatchObject({ files: [], notes: expect.arrayContaining(['There is nothing to export yet.']) })
    expect((await exported('pulumi')).status).toBe(400)
    expect((await exported('bicep', 'nothing')).status).toBe(404)
  })
})

describe('the local environment of a connection', () => {
  const local = (query = '') => call('GET', `${linkerPath('photos')}/local-env?${version}${query}`)
  const ada = '44444444-2222-4333-8444-555555555555'

  it('has the endpoint, and nothing that names the identity of the pods', async () => {
    await connected()
    expect((await local()).body).toEqual({
      credential: 'DefaultAzureCredential',
      variables: { AZURE_STORAGEBLOB_RESOURCEENDPOINT: 'https://stdata.blob.core.windows.net/' },
    })
  })

  it('is refused where the connection has a secret', async () => {
    await connected({ authInfo: { authType: 'secret' } })
    expect(await local()).toMatchObject({ status: 409, body: { error: { code: 'NotSecretless' } } })
  })

  it('has the lines for the roles of a person only if a policy names them', async () => {
    await connected()
    expect(await local(`&principal=${ada}`)).toMatchObject({ status: 403, body: { error: { code: 'DeveloperNotAllowed' } } })
    await given.store.putPolicy({ name: 'all', allow: { ...everything, developers: [ada] } })
    const { body } = await local(`&principal=${ada}`)
    expect(body.roles).toEqual([expect.stringContaining(`--assignee-object-id ${ada} --assignee-principal-type User`)])
    expect(body.roles[0]).toContain(account)
    expect((await local('&principal=ada')).status).toBe(400)
  })
})
