// Scene: a policy gives consent, and three connections come to life: the tag from before, another tag, and one over HTTP.

import { accountIdOf, all, linkerPath, papers, photos, tagsPath } from '../places.ts'
import { follow } from '../progress.ts'
import { must, type Stage } from '../stage.ts'

export const papersTag = {
  [`connect-${papers.name}`]: `storage-blob:${papers.account}?namespace=${papers.namespace}&role=none`,
}
const allow = { clusters: ['*/shop/*', '*/archive/*'], targets: ['*/shop/*', '*/archive/*'], namespaces: ['orders', 'web', 'reports'] }
const policy = { allow: { ...allow, auth: ['workload-identity', 'secret'], changeClusters: true } }

export async function connect(stage: Stage): Promise<void> {
  const { narrator, ada, ben, fleet, measured } = stage
  narrator.heading('A policy, and three connections')
  narrator.say('Ada allows it: PUT /policies/shop')
  narrator.output(JSON.stringify(policy.allow))
  const allowed = await ada.connector('PUT', '/policies/shop', policy)
  must(allowed.status === 201, `PUT of the policy answered ${allowed.status}: ${JSON.stringify(allowed.body)}`)

  narrator.say(`Ben, who builds the shop, connects ${photos.namespace} to ${photos.account} over HTTP, with a connection string.`)
  const body = {
    properties: {
      targetService: { type: 'AzureResource', id: `${accountIdOf(fleet, photos)}/blobServices/default` },
      authInfo: { authType: 'secret' },
      scope: photos.namespace,
    },
  }
  const put = await ben.connector('PUT', linkerPath(fleet, photos), body)
  must(put.status === 201, `PUT of the connection answered ${put.status}: ${JSON.stringify(put.body)}`)

  narrator.say(`Ada tags the cluster ${papers.cluster} too. It has no OIDC issuer yet; and here she wants no role to be given:`)
  narrator.output(
    Object.entries(papersTag)
      .map(([name, value]) => `${name} = ${value}`)
      .join('\n'),
  )
  const tagged = await ada.arm('PATCH', tagsPath(fleet, papers), { operation: 'Merge', properties: { tags: papersTag } })
  must(tagged.status === 200, `ARM answered ${tagged.status} to the tag: ${JSON.stringify(tagged.body)}`)

  for (const [name, seconds] of await follow(stage, all, 'Succeeded', 90)) measured.set(`connecting ${name}`, seconds)
}
