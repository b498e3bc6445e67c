// AKS identity bindings as a whole: requested by a tag, allowed by a policy, used by a pod, and removed.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { connectorRoles } from '../../src/local/fleets/fleet.ts'
import { connectedPod } from '../../src/local/workload/connected-pod.ts'
import { runPod } from '../../src/local/workload/pod.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const kubernetes = [
  {
    cluster: 'c1',
    resources: ['clusterroles', 'clusterrolebindings', 'cid.wi.aks.azure.com/*'],
    verbs: ['get', 'create', 'patch', 'delete', 'use-managed-identity'],
  },
]
const app = {
  name: 'connector',
  group: 'connector',
  region: 'westeurope',
  keyVault: 'connectorkeys',
  roles: connectorRoles('connectorstate'),
}

it('connects by an identity binding where a policy allows it, and leaves nothing behind', async () => {
  const story = await scenario({ fleet: { app: { ...app, kubernetes } } })
  await story.putPolicy()
  const bound = { authInfo: { authType: 'userAssignedIdentity', federation: 'identity-binding' } }
  const refused = await story.putLinker('photos', bound)
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'NotAllowed' } } })
  expect(JSON.stringify(refused.body)).toContain('federation')

  await story.putPolicy('all', { federation: ['identity-binding'] })
  await story.tag(idOfCluster('c1'), { 'connect-photos': 'storage-blob:orders?namespace=orders&federation=identity-binding' })
  const { properties } = await story.reaches('photos', 'Succeeded')
  expect(properties.authInfo).toMatchObject({ federation: 'identity-binding' })
  const { serviceAccount } = properties.kubernetesResourceName as { readonly serviceAccount: string }
  const clientId = serviceAccount.replace('sc-account-', '')
  expect(story.changes().filter((line) => /^(credential|binding|ClusterRole)/.test(line))).toEqual([
    expect.stringContaining(`ClusterRole sc-use-mi-${clientId}`),
    expect.stringMatching(`ClusterRoleBinding sc-use-mi-${clientId}-.*-orders`),
    expect.stringMatching(/^binding sc[a-z2-7]{26} of sc-c1-orders-default-/),
    expect.stringMatching(/^credential sc-c1-orders-default-.* aks-identity-binding$/),
  ])
  await story.clock.pass(10 * minute)
  const caFile = join(mkdtempSync(join(tmpdir(), 'binding-')), 'ca.pem')
  writeFileSync(caFile, story.cloud.caPem)
  const manifest = { cluster: { name: 'c1', id: idOfCluster('c1') }, namespace: 'orders', secret: 'sc-photos-secret', serviceAccount }
  const pod = await connectedPod(story.cloud, { ...manifest, usesBinding: true })
  expect(await runPod({ ...pod, caFile, clock: story.clock })).toEqual({ exitCode: 0, output: '2 containers: invoices, photos' })
  // Without the annotation the pod has no way in: there is no federated credential.
  expect((await story.pod('photos')).output).toMatch(/AADSTS70021/)

  await story.tag(idOfCluster('c1'), { 'connect-photos': undefined })
  await story.vanishes('photos', 4 * 60 * minute)
  expect(story.changes()).toEqual([])
})
