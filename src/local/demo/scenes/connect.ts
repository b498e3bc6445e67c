// Scenes: a policy gives consent, and the tag from before comes to life; then another tag, and a connection over HTTP.

import type { Fleet } from '../../fleets/fleet.ts'
import { accountIdOf, invoices, linkerPath, papers, photos, tagsPath } from '../places.ts'
import { follow } from '../progress.ts'
import { type DemoSetup, must } from '../setup.ts'

export const papersTag = {
  [`connect-${papers.name}`]: `storage-blob:${papers.account}?namespace=${papers.namespace}&role=none`,
}

function policyOf(fleet: Fleet) {
  const inGroups = ['shop', 'archive'].map((group) => `${fleet.subscriptions[0]?.id}/${group}/*`)
  const namespaces = ['orders', 'web', 'reports']
  return { allow: { clusters: inGroups, targets: inGroups, namespaces, auth: ['workload-identity', 'secret'], changeClusters: true } }
}

export async function consent(setup: DemoSetup): Promise<void> {
  const { demoConsole, ada, fleet } = setup
  const policy = policyOf(fleet)
  demoConsole.heading('A policy allows it, and the tag comes to life')
  demoConsole.say('Ada writes down who may be connected to what: PUT /policies/shop')
  demoConsole.output(JSON.stringify(policy.allow))
  const since = demoConsole.seconds()
  const allowed = await ada.connector('PUT', '/policies/shop', policy)
  must(allowed.status === 201, `PUT of the policy answered ${allowed.status}: ${JSON.stringify(allowed.body)}`)
  measure(setup, await follow(setup, [invoices], 'Succeeded', since))
}

export const byConnectionString = (fleet: Fleet): object => ({
  properties: {
    targetService: { type: 'AzureResource', id: `${accountIdOf(fleet, photos)}/blobServices/default` },
    authInfo: { authType: 'secret' },
    scope: photos.namespace,
  },
})

export async function connectMore(setup: DemoSetup): Promise<void> {
  const { demoConsole, ada, ben, fleet } = setup
  demoConsole.heading('Two more: a connection string, and a cluster that is not ready yet')
  demoConsole.say(`Ben, who builds the shop, connects ${photos.namespace} to ${photos.account} over HTTP, with a connection string.`)
  const since = demoConsole.seconds()
  const put = await ben.connector('PUT', linkerPath(fleet, photos), byConnectionString(fleet))
  must(put.status === 201, `PUT of the connection answered ${put.status}: ${JSON.stringify(put.body)}`)

  demoConsole.say(`Ada tags the cluster ${papers.cluster} too. It has no OIDC issuer yet; and this connection is declared without a role:`)
  demoConsole.output(
    Object.entries(papersTag)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n'),
  )
  const tagged = await ada.arm('PATCH', tagsPath(fleet, papers), { operation: 'Merge', properties: { tags: papersTag } })
  must(tagged.status === 200, `ARM answered ${tagged.status} to the tag: ${JSON.stringify(tagged.body)}`)

  measure(setup, await follow(setup, [photos, papers], 'Succeeded', since))
}

function measure({ measured }: DemoSetup, took: ReadonlyMap<string, number>): void {
  for (const [name, seconds] of took) measured.set(`connecting ${name}`, seconds)
}
