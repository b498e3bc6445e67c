// Each row of the table in docs/cli.md that leads from the Azure CLI here: with `sc` alone, and with Azure's own client alone. A row without proof fails.
import { readFileSync } from 'node:fs'
import type { LinkerResource, ServiceLinkerManagementClient } from '@azure/arm-servicelinker'
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { expect, it } from 'vitest'
import { appHostname } from '../../src/local/local.ts'
import { allowAll } from '../model/allow-all.ts'
import { asleep, quickly, sdk } from './azure-sdk.ts'
import { sc } from './command-line.ts'
import { bodyOf, cluster, made, options, rows, secretOf } from './rows.ts'
import { minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
/** The lines of README.md, whose names are those of its other examples. */
const pasted = [...readFileSync('README.md', 'utf8').matchAll(/^npx sc (.*?) *(#.*)?$/gm)].map(([, line = '']) =>
  line.replace('shopinvoices', 'stphotos').replace('receipts', 'photos').replace('orders', 'web'),
)
const names = Object.values(made).map(({ name }) => name)
const sorted = (all: Iterable<string | undefined>) => [...all].sort()

/** Whatever drove it: what the rows that make a connection have made, and that a pod can use it. */
async function areMade(story: Scenario): Promise<void> {
  const changes = story.changes()
  for (const { name, keys, holds } of Object.values(made)) {
    expect([name, Object.keys(secretOf(story, name))]).toEqual([name, expect.arrayContaining([...keys])])
    if (holds && !holds(changes)) expect.fail(`${name}:\n${changes.join('\n')}`)
  }
  await story.clock.pass(10 * minute)
  expect(await story.pod('photos', { cluster: 'shop-aks', namespace: 'web' })).toMatchObject({ exitCode: 0 })
}
const keysOfPhotos = (story: Scenario) => Object.keys(secretOf(story, 'photos'))
const springKey = 'spring.cloud.azure.storage.blob.account-name'
/** Of the namespace, where it was the only connection. */
const isGone = (story: Scenario) => expect(story.changes().filter((line) => /\bweb\b/.test(line))).toEqual([])

/** What the last line of a row has said, where it makes no connection. */
const saying: Readonly<Record<string, (said: string, story: Scenario) => void>> = {
  list: (said) => expect(sorted(said.match(/^\S+(?= +shop-aks )/gm) ?? [])).toEqual(sorted(names)),
  show: (said) => expect(said).toMatch(/state: +Succeeded[\s\S]+connection +write-resources/),
  'list-configuration': (said) => expect(said).toContain('https://stphotos.blob.core.windows.net/'),
  validate: (said) => expect(said).toMatch(/^ITEM[\s\S]+Managed Identity permissions validated\. +success/),
  update: (_, story) => expect(keysOfPhotos(story)).toContain(springKey),
  'create --no-wait, wait': (said) => expect(said).toMatch(/state: +Succeeded/),
  'list-support-types': (said) => expect(said).toContain('"postgres-flexible"'),
  'troubleshooting: what is missing before': (said) => expect(said).toContain('Nothing is missing'),
  'troubleshooting: why it does not work': (said) => expect(said).toContain('photos is Succeeded'),
  delete(said, story) {
    expect(said).toContain('photos is removed.')
    isGone(story)
  },
}

it('does with sc alone what the Azure CLI does', async () => {
  expect(sorted(rows.keys())).toEqual(sorted([...Object.keys(made), ...Object.keys(saying)]))
  expect(pasted.length).toBeGreaterThan(5)
  expect([...rows.values()].flat().map((line) => line.join(' '))).toEqual(expect.arrayContaining([...pasted]))
  const story = await scenario(options)
  const bodies = Object.fromEntries(Object.values(made).map(({ name, body }) => [`${name}.json`, { properties: body }]))
  const machine = { files: { ...bodies, 'all.json': { allow: allowAll } }, slow: 10, env: { SC_CLUSTER: cluster } }
  const run = async (line: readonly string[], exit = 0): Promise<string> => {
    const ran = await sc(story, line, machine)
    expect([line, ran]).toEqual([line, { exit, said: expect.anything() }])
    return ran.said
  }
  await run(['policy', 'set', 'all', '--file', 'all.json'])
  await Promise.all(Object.keys(made).flatMap((row) => rows.get(row)?.map((line) => run(line)) ?? []))
  await areMade(story)
  for (const [row, lines] of rows) {
    const check = saying[row]
    if (!check) continue
    let said = ''
    for (const line of lines) said = await run(line)
    check(said, story)
  }
  await run(['connect', 'lost', 'storage-blob:nowhere'], 6)
  expect(await run(['why', 'lost'], 6)).toMatch(/nowhere[\s\S]+remediation: /)
}, 480_000)

type Send = (method: string, path: string, body?: object) => Promise<{ readonly status: number; readonly body: unknown }>

/** As docs/http-api.md writes it. */
async function senderOf(client: ServiceLinkerManagementClient): Promise<Send> {
  const [, lines = ''] = /<!-- send: .*? -->\n```js\n(.*?)```/s.exec(readFileSync('docs/http-api.md', 'utf8')) ?? []
  const program = `${lines.replaceAll(/^import .*$/gm, '')}\nreturn send`
  const given = ['client', 'APP', 'createHttpHeaders', 'createPipelineRequest']
  return new Function(...given, program)(client, `https://${appHostname}`, createHttpHeaders, createPipelineRequest)
}
const path = (below: string): string => `${cluster}/providers/Microsoft.ServiceLinker/${below}?api-version=2024-04-01`

it("does with Azure's client alone what the Azure CLI does", async () => {
  const story = await scenario(options)
  await story.putPolicy()
  const { client } = sdk(story)
  client.pipeline.addPolicy(asleep(story))
  const { linker } = client
  const send = await senderOf(client)

  const driving: Readonly<Record<keyof typeof saying, () => Promise<void>>> = {
    async list() {
      const listed: (string | undefined)[] = []
      for await (const { name } of linker.list(cluster)) listed.push(name)
      expect(sorted(listed)).toEqual(sorted(names))
    },
    async show() {
      expect(await linker.get(cluster, 'photos')).toMatchObject({ provisioningState: 'Succeeded', scope: 'web' })
    },
    async 'list-configuration'() {
      const { configurations } = await linker.listConfigurations(cluster, 'photos')
      expect(configurations?.map(({ value }) => value)).toContain('https://stphotos.blob.core.windows.net/')
    },
    async validate() {
      expect(await linker.beginValidateAndWait(cluster, 'photos', quickly)).toMatchObject({ isConnectionAvailable: true })
    },
    async update() {
      await linker.beginUpdateAndWait(cluster, 'photos', { clientType: 'springBoot' }, quickly)
      expect(keysOfPhotos(story)).toContain(springKey)
    },
    async 'create --no-wait, wait'() {
      const poller = await linker.beginCreateOrUpdate(cluster, 'later', bodyOf('uploads') as LinkerResource, quickly)
      expect(await poller.pollUntilDone()).toMatchObject({ name: 'later', provisioningState: 'Succeeded' })
    },
    async 'list-support-types'() {
      expect(JSON.stringify(await send('GET', '/targetTypes'))).toContain('"postgres-flexible"')
    },
    async 'troubleshooting: what is missing before'() {
      const { body } = await send('PUT', path('dryruns/more'), {
        properties: { parameters: { actionName: 'createOrUpdate', ...bodyOf('photos') } },
      })
      expect(body).toMatchObject({ properties: { prerequisiteResults: [] } })
    },
    async 'troubleshooting: why it does not work'() {
      const id = `${cluster.split('/Microsoft.')[0]}/Microsoft.Storage/storageAccounts/nowhere/blobServices/default`
      const lost = { ...bodyOf('uploads'), targetService: { type: 'AzureResource', id } } as LinkerResource
      await expect(linker.beginCreateOrUpdateAndWait(cluster, 'lost', lost, quickly)).rejects.toThrow(/nowhere/)
      const whole: string[] = []
      await linker.get(cluster, 'lost', { onResponse: ({ bodyAsText }) => void whole.push(bodyAsText ?? '') })
      expect(JSON.parse(whole.join(''))).toMatchObject({
        properties: { problems: [{ message: expect.stringContaining('nowhere') }], timeline: expect.anything() },
      })
    },
    async delete() {
      await linker.beginDeleteAndWait(cluster, 'photos', quickly)
      isGone(story)
    },
  }
  expect(Object.keys(driving)).toEqual(Object.keys(saying))

  const connects = Object.values(made).map(async ({ name, body, isNewer }) => {
    if (!isNewer) return await linker.beginCreateOrUpdateAndWait(cluster, name, body as LinkerResource, quickly)
    expect(await send('PUT', path(`linkers/${name}`), { properties: body })).toMatchObject({ status: 201 })
    for (;;) {
      const connection = await linker.get(cluster, name)
      if (connection.provisioningState === 'Succeeded') return connection
      await story.clock.pass(10_000)
    }
  })
  for (const { name, provisioningState } of await Promise.all(connects)) expect([name, provisioningState]).toEqual([name, 'Succeeded'])
  await areMade(story)
  for (const [row] of rows) await driving[row]?.()
}, 480_000)
