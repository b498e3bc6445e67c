// Several services of one storage account, each connected by a connection of its own: resource and type are two things.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const services = ['queue', 'blob', 'table'] as const
const on = (service: string, authType: string) => ({
  targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/${service}Services/default` },
  authInfo: { authType },
})
const secretOf = (story: Scenario, name: string) => secretData(story.cloud.world, idOfCluster('c1'), `sc-${name}-secret`)
const command = (file: string) => [process.execPath, fileURLToPath(new URL(`./workloads/${file}.ts`, import.meta.url))]

it('gives each service of an account its own endpoint and role, whichever was connected first', async () => {
  const story = await scenario()
  await story.putPolicy()
  for (const service of services) await story.putLinker(service, on(service, 'userAssignedIdentity'))
  for (const service of services) await story.reaches(service, 'Succeeded')
  const endpoints = services.map((service) => secretOf(story, service)[`AZURE_STORAGE${service.toUpperCase()}_RESOURCEENDPOINT`])
  expect(endpoints).toEqual(services.map((service) => `https://orders.${service}.core.windows.net/`))

  await story.clock.pass(10 * minute)
  expect(await story.pod('queue', { command: command('use-queues') })).toEqual({ exitCode: 0, output: 'queues: mail' })
  expect(await story.pod('table', { command: command('use-tables') })).toEqual({ exitCode: 0, output: 'tables: orders' })
  expect(await story.pod('blob')).toEqual({ exitCode: 0, output: '2 containers: invoices, photos' })

  // The rule in the firewall and the identity are shared: they go with the last connection.
  for (const service of services) {
    expect(story.changes()).toContainEqual(expect.stringMatching(/^firewall orders /))
    await story.removeLinker(service)
    await story.vanishes(service)
  }
  expect(story.changes()).toEqual([])
})

it('connects tables, queues and files by connection string, declared by tag', async () => {
  const story = await scenario()
  await story.putPolicy()
  const tags = {
    'connect-table': 'table:orders?namespace=orders&auth=secret',
    'connect-queue': 'queue:orders?namespace=orders&auth=secret',
    'connect-file': 'storage-file:orders?namespace=orders',
  }
  await story.tag(idOfCluster('c1'), tags)
  for (const name of ['table', 'queue', 'file']) await story.reaches(name, 'Succeeded')
  expect(Object.keys(secretOf(story, 'file'))).toEqual(['AZURE_STORAGEFILE_CONNECTIONSTRING'])
  expect(await story.pod('table', { command: command('use-tables') })).toEqual({ exitCode: 0, output: 'tables: orders' })
  expect(await story.pod('queue', { command: command('use-queues') })).toEqual({ exitCode: 0, output: 'queues: mail' })
})

it('proves access to queues and tables by a read that only a role allows', async () => {
  const story = await scenario({ settings: { CONNECTOR_PROVE_ACCESS: 'on' } })
  await story.putPolicy()
  for (const service of ['queue', 'table']) {
    await story.putLinker(service, on(service, 'userAssignedIdentity'))
    await story.reaches(service, 'Succeeded')
  }
  await story.clock.pass(10 * minute)
  const reads = story.cloud.calls.filter(({ service, principal }) => service === 'storage' && principal !== story.cloud.app.principalId)
  expect(reads.map(({ path }) => path)).toEqual(expect.arrayContaining(['/?comp=list&maxresults=1', '/Tables?$top=1']))
})
