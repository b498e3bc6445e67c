// Azure's own client for Service Connector, unchanged, against this app: only its endpoint and its token's scope are others.
import { readFileSync } from 'node:fs'
import {
  type LinkerResource,
  ServiceLinkerManagementClient,
  type ServiceLinkerManagementClientOptionalParams,
} from '@azure/arm-servicelinker'
import type { TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { expect, it } from 'vitest'
import { appHostname } from '../../src/local/local.ts'
import { credentialOf, meanwhile, quickly, sdk, through } from './azure-sdk.ts'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, useScenarios } from './scenario.ts'

const scenario = useScenarios()
/** As Azure writes it, and as the client's samples do: with and without its leading slash. */
const cluster = idOfCluster('c1')
const withoutSlash = cluster.slice(1)
const linker: LinkerResource = {
  targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
  authInfo: { authType: 'secret' },
  clientType: 'nodejs',
  scope: 'orders',
}

/** Virtual time stands still until the client has been told so often to ask again: what takes time is not done before. */
async function askedAgain(told: readonly string[], times: number): Promise<void> {
  while (told.length < times) await new Promise((turn) => setTimeout(turn, 5))
}

/** The first answer that there is, while virtual time stands still. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((turn) => setTimeout(turn, 20))
  }
}

it.each([undefined, '2024-04-01'])('makes, reads, lists and deletes a connection (api-version %s)', async (apiVersion) => {
  const story = await scenario()
  await story.putPolicy()
  const { client, told, scopes } = sdk(story, 'ada', apiVersion)
  const making = client.linker.beginCreateOrUpdateAndWait(cluster, 'photos', linker, quickly)
  await askedAgain(told, 2)
  const made = await meanwhile(story, making)
  expect(made).toMatchObject({
    name: 'photos',
    provisioningState: 'Succeeded',
    clientType: 'nodejs',
    scope: 'orders',
    authInfo: { authType: 'secret' },
  })
  expect([...scopes]).toEqual(['api://connector/.default'])
  expect(Object.keys(secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret'))).toEqual(['AZURE_STORAGEBLOB_CONNECTIONSTRING'])

  for (const id of [cluster, withoutSlash])
    expect(await client.linker.get(id, 'photos')).toMatchObject({
      name: 'photos',
      provisioningState: 'Succeeded',
      targetService: linker.targetService,
      systemData: { createdByType: 'User', createdAt: expect.any(Date) },
    })
  const listed: (string | undefined)[] = []
  for await (const { name } of client.linker.list(cluster)) listed.push(name)
  expect(listed).toEqual(['photos'])
  const can: (string | undefined)[] = []
  for await (const { name } of client.operations.list()) can.push(name)
  expect(can).toContain('Microsoft.ServiceLinker/linkers/validateLinker/action')

  await meanwhile(story, client.linker.beginDeleteAndWait(cluster, 'photos', quickly))
  await expect(client.linker.get(cluster, 'photos')).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' })
  expect(story.changes()).toEqual([])
})

it('lists the keys of a Secret without a credential, and reads none for it', async () => {
  const story = await scenario()
  await story.putPolicy()
  const { client } = sdk(story)
  await meanwhile(story, client.linker.beginCreateOrUpdateAndWait(cluster, 'photos', { ...linker, clientType: 'springBoot' }, quickly))
  const begun = story.cloud.calls.length
  const { configurations = [] } = await client.linker.listConfigurations(cluster, 'photos')
  const asked = story.cloud.calls.slice(begun).filter(({ path }) => /listkeys|\/secrets\//i.test(path))
  expect(asked).toEqual([])
  const data = secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret')
  expect(configurations.map(({ name }) => name).sort()).toEqual(Object.keys(data).sort())
  for (const { name = '', value } of configurations) expect([name, value]).toEqual([name, name.endsWith('account-key') ? '' : data[name]])

  // The client has no method for it.
  const filter = encodeURIComponent(
    "TargetService eq 'Microsoft.Storage/storageAccounts/blobServices' and ClientType eq 'springBoot' and AuthType eq 'secret'",
  )
  const named = await story.call(
    'ada',
    'GET',
    `/providers/Microsoft.ServiceLinker/configurationNames?api-version=2024-04-01&$filter=${filter}`,
  )
  const [entry] = (named.body as { value: { properties: { names: { value: string }[] } }[] }).value
  expect(entry?.properties.names.map(({ value }) => value).sort()).toEqual(Object.keys(data).sort())
})

it('validates a connection, before and after it works', async () => {
  const story = await scenario()
  await story.putPolicy()
  const { client } = sdk(story)
  const managed: LinkerResource = { ...linker, authInfo: { authType: 'userAssignedIdentity' } }
  const making = client.linker.beginCreateOrUpdateAndWait(cluster, 'photos', managed, quickly)
  const validate = () => client.linker.beginValidateAndWait(cluster, 'photos', quickly)
  const early = await until(() => validate().catch(() => undefined))
  expect(early).toMatchObject({ linkerName: 'photos', isConnectionAvailable: false })
  expect(early.validationDetail?.map(({ result }) => result)).not.toContain('failure')
  expect((await meanwhile(story, making)).provisioningState).toBe('Succeeded')

  await story.clock.pass(15 * 60_000)
  const report = await validate()
  expect(report).toMatchObject({ linkerName: 'photos', isConnectionAvailable: true, authType: 'userAssignedIdentity' })
  expect(report.validationDetail?.filter(({ result }) => result !== 'success')).toEqual([])
  expect(report.validationDetail?.map(({ name }) => name)).toEqual([
    'Target resource existence validated.',
    'Target service firewall validated.',
    'Configured connection information validated.',
    'Managed Identity existence validated.',
    'Managed Identity permissions validated.',
    'Consent of a policy validated.',
    'Cluster features validated.',
    'Federated credential validated.',
    'Kubernetes ServiceAccount validated.',
    'Kubernetes Secret validated.',
    'Identity replication validated.',
  ])
})

it('lists page by page, and of two changes at one moment with one ETag lets one through', async () => {
  const story = await scenario()
  await story.putPolicy()
  const { client } = sdk(story)
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) await client.linker.beginCreateOrUpdate(cluster, name, { ...linker, scope: 'orders' })
  const pages: number[] = []
  const top: PipelinePolicy = {
    name: 'two at a time',
    async sendRequest(request, next) {
      const url = new URL(request.url)
      if (!url.searchParams.has('$skipToken')) url.searchParams.set('$top', '2')
      request.url = url.href
      return await next(request)
    },
  }
  client.pipeline.addPolicy(top)
  for await (const page of client.linker.list(withoutSlash).byPage()) pages.push(page.length)
  client.pipeline.removePolicy({ name: top.name })
  expect(pages).toEqual([2, 2, 1])

  const headers: string[] = []
  await client.linker.get(cluster, 'a', { onResponse: ({ headers: all }) => void headers.push(all.get('etag') ?? '') })
  const change = (clientType: string) =>
    client.linker.beginUpdate(cluster, 'a', { clientType }, { requestOptions: { customHeaders: { 'if-match': headers[0] ?? '' } } })
  const both = await Promise.allSettled([change('python'), change('java')])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { statusCode: 412, code: 'PreconditionFailed' } })
})

it('runs as docs/http-api.md writes it', async () => {
  const story = await scenario()
  await story.putPolicy()
  const [, lines = ''] = /<!-- sdk: .*? -->\n```js\n(.*?)```/s.exec(readFileSync('docs/http-api.md', 'utf8')) ?? []
  const program = lines.replaceAll(/^import .*$/gm, '')
  expect(program).not.toBe('')
  const credential = credentialOf(story, 'ada', new Set())
  const proxied = class extends ServiceLinkerManagementClient {
    constructor(given: TokenCredential, options: ServiceLinkerManagementClientOptionalParams) {
      super(given, { ...options, ...through(story) })
    }
  }
  const env = { APP: `https://${appHostname}`, CLIENT: 'connector', CLUSTER: cluster, ACCOUNT: idOfAccount('orders') }
  const said: unknown[] = []
  const names = ['ServiceLinkerManagementClient', 'DefaultAzureCredential', 'process', 'console']
  const run = Object.getPrototypeOf(async () => {}).constructor(...names, program)
  const DefaultAzureCredential = class {
    readonly getToken = credential.getToken
  }
  await meanwhile(story, run(proxied, DefaultAzureCredential, { env }, { log: (text: unknown) => said.push(text) }))
  expect(said).toEqual(['Succeeded'])
})

it('changes a connection, and an unchanged one is done at once', async () => {
  const story = await scenario()
  await story.putPolicy()
  const { client } = sdk(story)
  await meanwhile(story, client.linker.beginCreateOrUpdateAndWait(cluster, 'photos', linker, quickly))
  const before = story.clock.now()
  const same = await client.linker.beginCreateOrUpdateAndWait(cluster, 'photos', linker, quickly)
  expect([same.provisioningState, story.clock.now()]).toEqual(['Succeeded', before])
  const changed = await meanwhile(
    story,
    client.linker.beginCreateOrUpdateAndWait(cluster, 'photos', { ...linker, clientType: 'springBoot' }, quickly),
  )
  expect(changed).toMatchObject({ provisioningState: 'Succeeded', clientType: 'springBoot' })
  expect(Object.keys(secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret'))).toContain(
    'spring.cloud.azure.storage.blob.account-name',
  )
  const patched = await meanwhile(story, client.linker.beginUpdateAndWait(cluster, 'photos', { clientType: 'python' }, quickly))
  expect(patched).toMatchObject({ provisioningState: 'Succeeded', clientType: 'python', scope: 'orders', authInfo: { authType: 'secret' } })
  expect(Object.keys(secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret'))).toEqual(['AZURE_STORAGEBLOB_CONNECTIONSTRING'])
})

it('gets errors as its own errors: refused, not allowed, and failed after two minutes', async () => {
  const story = await scenario()
  const { client } = sdk(story)
  const put = (name: string, over: Partial<LinkerResource> = {}): Promise<LinkerResource> =>
    meanwhile(story, client.linker.beginCreateOrUpdateAndWait(cluster, name, { ...linker, ...over }, quickly))
  await expect(put('photos')).rejects.toMatchObject({ statusCode: 403, code: 'NotAllowed' })
  await story.putPolicy()
  await expect(put('photos', { scope: 'Not a namespace' })).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining('properties.scope'),
  })
  await expect(put('photos', { authInfo: { authType: 'accessKey' as 'secret' } })).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining('authType'),
  })
  await expect(put('photos', { scope: 'nowhere' })).rejects.toThrow(/namespace nowhere/)
  await expect(sdk(story, 'rob').client.linker.beginDelete(cluster, 'photos')).rejects.toMatchObject({ statusCode: 403 })
})
