// What an export says is run as it is, in each language: over the objects of the connection it changes nothing, and where they are gone it makes the same
// ones again, so that the app goes on as if nothing had happened. The identity stays: a new one would have other ids than the exported.
import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { dataHash } from '../../src/kubernetes/manifest.ts'
import { roleAssignments } from '../../src/local/cloud/access.ts'
import { findResource } from '../../src/local/cloud/arm/resources.ts'
import { federatedCredentials } from '../../src/local/cloud/entra/directory.ts'
import { type Person, personOf } from '../../src/local/person.ts'
import { runByHand } from './by-hand.ts'
import { runBicep, runTerraform } from './declared.ts'
import { kubernetesObjects } from './footprint.ts'
import { tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const account = idOfAccount('orders')
const path = `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos`
const formats = ['cli', 'bicep', 'terraform', 'azapi'] as const
type File = { readonly name: string; readonly text: string }
type Body = Readonly<Record<string, unknown>>
type Shown = Body & { readonly metadata: Body & { readonly annotations: Body } }

async function exported(story: Scenario, format: string): Promise<readonly File[]> {
  const { status, body } = await story.call('ada', 'GET', `${path}/export?api-version=2024-04-01&format=${format}`)
  expect(status).toBe(200)
  return (body as { readonly files: readonly File[] }).files
}

/** What a person sees of the objects of the connection, without what services note themselves: times, versions, who wrote it. */
function objects(story: Scenario): readonly unknown[] {
  const { world } = story.cloud
  return [
    ...[...federatedCredentials(world).values()].map(({ effectiveAt: _, ...one }) => one),
    ...[...roleAssignments(world).values()]
      .filter(({ scope }) => scope.toLowerCase() === account.toLowerCase())
      .map(({ createdOn: _, createdBy: __, effectiveAt: ___, ...one }) => one),
    findResource(world, account)?.properties['networkAcls'],
    ...kubernetesObjects(world, cluster).map((object) => {
      const { kind, data, type, metadata } = object as unknown as Shown
      const { name, namespace, labels } = metadata
      // The app's own note of what it wrote; it is made again.
      const { [dataHash]: _, ...annotations } = metadata.annotations
      return { kind, type, data, name, namespace, labels, annotations }
    }),
  ]
}

async function remove(person: Person, story: Scenario, withRules: boolean): Promise<void> {
  const { world } = story.cloud
  const deleted = async (id: string, version: string) =>
    expect((await person.arm('DELETE', `${id}?api-version=${version}`)).status).toBe(200)
  for (const { identityId, name } of [...federatedCredentials(world).values()])
    await deleted(`${identityId}/federatedIdentityCredentials/${name}`, '2023-01-31')
  for (const { id, scope } of [...roleAssignments(world).values()])
    if (scope.toLowerCase() === account.toLowerCase()) await deleted(id, '2022-04-01')
  for (const { kind, metadata } of kubernetesObjects(world, cluster)) {
    const plural = kind === 'Secret' ? 'secrets' : 'serviceaccounts'
    const object = `/api/v1/namespaces/${metadata.namespace}/${plural}/${metadata.name}`
    expect((await person.kubernetes(cluster, 'DELETE', object)).status).toBe(200)
  }
  const networkAcls = { defaultAction: 'Deny', bypass: 'AzureServices', ipRules: [] }
  if (withRules) await person.arm('PATCH', `${account}?api-version=2024-01-01`, { properties: { networkAcls } })
}

/** `kubectl apply --server-side`, as the field manager that the app has. */
async function applyYaml(person: Person, text: string): Promise<void> {
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace: string } }
    const { name, namespace } = object.metadata
    const at = `/api/v1/namespaces/${namespace}/${object.kind.toLowerCase()}s/${name}?fieldManager=kubectl`
    const { status, body } = await person.kubernetes(cluster, 'PATCH', at, object, 'application/apply-patch+yaml')
    expect([status, body]).toEqual([status < 300 ? status : 201, expect.anything()])
  }
}

async function run(person: Person, format: (typeof formats)[number], text: string): Promise<void> {
  const place = { person, cluster, account }
  if (format === 'cli') await runByHand(person, text.trimEnd(), cluster)
  else if (format === 'bicep') await runBicep(place, text)
  else await runTerraform(place, text)
}

it('an exported connection, applied as it is written, is the connection', async () => {
  const people = [
    {
      name: 'ada',
      appRoles: ['Connections.Write', 'Policies.Write'],
      roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
    },
  ]
  const story = await scenario({ fleet: { people } })
  await story.putPolicy()
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('photos', 'Succeeded')
  await story.call('ada', 'PATCH', `${path}?api-version=2026-11-01`, { properties: { paused: true } })
  await story.clock.pass(3 * minute)
  const held = await holds(story)
  const ada = personOf(story, 'ada')
  const before = objects(story)
  expect(before.length).toBeGreaterThanOrEqual(5)
  const [yaml] = await exported(story, 'kubernetes')

  for (const format of formats) {
    // What turns features of the cluster on is run by by-hand.test.ts: each time is an update of the cluster.
    const files = (await exported(story, format)).filter(({ name }) => !name.startsWith('enable-features'))
    for (const times of ['over what is there', 'where it is gone']) {
      if (times === 'where it is gone') await remove(ada, story, format !== 'azapi')
      for (const { text } of files) {
        // An identity takes a write in four seconds.
        await story.clock.pass(minute)
        await run(ada, format, text)
      }
      await applyYaml(ada, yaml?.text ?? '')
      expect([format, times, objects(story)]).toEqual([format, times, before])
    }
  }
  ada.close()

  await story.call('ada', 'PATCH', `${path}?api-version=2026-11-01`, { properties: { paused: false } })
  await story.clock.pass(10 * minute)
  expect(await story.linker('photos')).toMatchObject({ state: 'Succeeded' })
  expect(await holds(story)).toEqual(held)
}, 180_000)

/** Whose each object is, according to the app. */
const holds = async (story: Scenario): Promise<readonly string[]> =>
  (await tableRows(story))
    .flatMap(({ PartitionKey, RowKey, ownership }) =>
      String(RowKey).startsWith('ledger:') ? [`${PartitionKey} ${RowKey} ${ownership}`] : [],
    )
    .sort()
