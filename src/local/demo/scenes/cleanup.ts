// Scene: what others left over. A Secret of this app comes back with a backup, one of Azure Service Connector stays when its connection is deleted. Both
// are found, spared while a Deployment uses them, and deleted when they are free.

import { setTimeout as wait } from 'node:timers/promises'
import { keyOf } from '../../cloud/arm/ids.ts'
import { timestamp } from '../../cloud/kubernetes/object.ts'
import { storeOf } from '../../cloud/kubernetes/store.ts'
import { clusterIdOf, linkerPath, photos } from '../places.ts'
import { type DemoSetup, must, until } from '../setup.ts'
import { byConnectionString } from './connect.ts'

type Entry = { readonly place: string; readonly product: string; readonly verdict: string; readonly reason: string }
const { namespace } = photos
const own = `${namespace}/sc-photos-secret`
const legacy = `${namespace}/sc-legacy-secret`
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`

/** The Secret of a connection as an old backup of the cluster has it. */
export type Backup = ReturnType<typeof backUp>
export const backUp = (setup: DemoSetup) => {
  const found = storeIn(setup).get('secrets', namespace, 'sc-photos-secret')
  must(found, 'the Secret of photos is there')
  return found
}
const storeIn = ({ local, fleet }: DemoSetup) => storeOf(local.cloud.world, keyOf(clusterIdOf(fleet, photos)))

export async function cleanup(setup: DemoSetup, backup: Backup): Promise<void> {
  const { demoConsole, local } = setup
  demoConsole.heading('What others left over')
  // A store without a connection stops the cleanup: from where nothing is known, everything looks left over.
  const put = await setup.ben.connector('PUT', linkerPath(setup.fleet, { ...photos, name: 'thumbs' }), byConnectionString(setup.fleet))
  must(put.status === 201, `PUT of the connection answered ${put.status}: ${JSON.stringify(put.body)}`)
  demoConsole.say(`An operator restores ${photos.cluster} from a backup of etcd: the Secret ${own} of the deleted connection is back.`)
  const { world } = local.cloud
  storeIn(setup).put('secrets', {
    ...backup,
    metadata: { ...backup.metadata, uid: world.uuid(), creationTimestamp: timestamp(world.clock.now()) },
  })
  await legacyConnection(setup)
  demoConsole.say('A Deployment uses both. The cleanup finds them, names their user, and spares them:')
  await deploy(setup)
  await sweepUntil(setup, 'used')
  demoConsole.say('The Deployment is deleted. They are marked, stay for the grace (3 seconds here, a day by default), and go:')
  await setup.ada.kubernetes(clusterIdOf(setup.fleet, photos), 'DELETE', `${deployments}/old-shop`)
  await sweepUntil(setup, 'marked')
  await wait(3_500)
  await sweepUntil(setup, 'deleted')
  for (const place of [own, legacy]) {
    const [, name = ''] = place.split('/')
    must(storeIn(setup).get('secrets', namespace, name) === undefined, `${place} is gone`)
  }
}

/** As someone did years ago in the portal, and undid. */
async function legacyConnection({ ada, fleet, demoConsole }: DemoSetup): Promise<void> {
  const cluster = clusterIdOf(fleet, photos)
  const extension = `${cluster}/providers/Microsoft.KubernetesConfiguration/extensions/sc-extension?api-version=2023-05-01`
  const properties = {
    extensionType: 'microsoft.servicelinker.connection',
    autoUpgradeMinorVersion: true,
    releaseTrain: 'prod',
    scope: { cluster: { releaseNamespace: 'sc-system' } },
  }
  const put = await ada.arm('PUT', extension, { properties })
  must(put.status < 300, `the extension answered ${put.status}: ${JSON.stringify(put.body)}`)
  await until('installing the extension', 60, async () => {
    const { body } = await ada.arm('GET', extension)
    return (
      (body as { readonly properties?: { readonly provisioningState?: string } }).properties?.provisioningState === 'Succeeded' || undefined
    )
  })
  const linker = `${cluster}/providers/Microsoft.ServiceLinker/linkers/legacy?api-version=2024-04-01`
  const authInfo = { authType: 'secret', secretInfo: { secretType: 'rawValue', value: 'not shown' } }
  const made = await ada.arm('PUT', linker, { properties: { authInfo, scope: namespace } })
  must(made.status === 201, `the linker answered ${made.status}: ${JSON.stringify(made.body)}`)
  const gone = await ada.arm('DELETE', linker)
  must(gone.status === 200, `deleting the linker answered ${gone.status}`)
  demoConsole.say(`Ada deletes the connection legacy of Azure Service Connector. Its Secret ${legacy} stays, as it does on Azure.`)
}

async function deploy({ ada, fleet }: DemoSetup): Promise<void> {
  const envFrom = ['sc-photos-secret', 'sc-legacy-secret'].map((name) => ({ secretRef: { name } }))
  const template = { metadata: { labels: { app: 'old' } }, spec: { containers: [{ name: 'main', image: 'shop', envFrom }] } }
  const spec = { replicas: 0, selector: { matchLabels: { app: 'old' } }, template }
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'old-shop', namespace }, spec }
  const { status, body } = await ada.kubernetes(clusterIdOf(fleet, photos), 'POST', deployments, deployment)
  must(status === 201, `the Deployment answered ${status}: ${JSON.stringify(body)}`)
}

/** Runs the cleanup until both have the verdict; a moment later where Azure is still spreading the news. */
async function sweepUntil(setup: DemoSetup, verdict: string): Promise<void> {
  const { ada, local, demoConsole } = setup
  const entries = await until(`${verdict}: ${own} and ${legacy}`, 40, async () => {
    must((await ada.connector('POST', '/sweeps')).status === 202, 'a sweep can be asked for')
    await local.host.run('sweep')
    const reports = (await ada.connector('GET', '/sweeps')).body as { readonly value: readonly { readonly id: string }[] }
    const { objects } = (await ada.connector('GET', `/sweeps/${reports.value[0]?.id}`)).body as { readonly objects: readonly Entry[] }
    const both = objects.filter(({ place }) => place === own || place === legacy)
    return both.length === 2 && both.every((one) => one.verdict === verdict) ? both : undefined
  })
  for (const { place, verdict: said, reason, product } of entries) demoConsole.output(`${place} (${product}): ${said}: ${reason}`)
}
