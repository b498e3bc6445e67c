import { expect, it } from 'vitest'
import { secretData } from './footprint.ts'
import { idOfCluster, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const clusters = [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }]

it('connects by connection string, and takes everything back when the connection is deleted', async () => {
  const story = await scenario()
  await story.putPolicy()
  expect((await story.putLinker('photos')).status).toBe(201)
  const { properties } = await story.reaches('photos', 'Succeeded')
  expect(properties.kubernetesResourceName).toEqual({ secret: 'sc-photos-secret' })
  expect(Object.keys(secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret'))).toEqual(['AZURE_STORAGEBLOB_CONNECTIONSTRING'])
  expect(await story.pod('photos')).toEqual({ exitCode: 0, output: '2 containers: invoices, photos' })
  expect(story.changes()).toEqual([
    expect.stringMatching(/^Secret orders\/sc-photos-secret in c1$/),
    expect.stringMatching(/^firewall orders \d+\./),
  ])

  expect((await story.removeLinker('photos')).status).toBe(202)
  await story.vanishes('photos')
  expect(story.changes()).toEqual([])
})

it('connects by workload identity on a cluster that has none of it yet, and removes all but the retained features', async () => {
  const story = await scenario({ fleet: { clusters } })
  await story.putPolicy()
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  const { properties } = await story.reaches('photos', 'Succeeded')
  const clientId = secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret').AZURE_STORAGEBLOB_CLIENTID
  expect(properties.kubernetesResourceName).toEqual({ secret: 'sc-photos-secret', serviceAccount: `sc-account-${clientId}` })
  await story.clock.pass(10 * 60_000)
  expect(await story.pod('photos')).toEqual({ exitCode: 0, output: '2 containers: invoices, photos' })

  await story.removeLinker('photos')
  await story.vanishes('photos')
  expect(story.changes()).toEqual([])
})

it('refuses the workload where its network location is not allowed', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const { exitCode, output } = await story.pod('photos', { location: 'internet' })
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining('403') })
})

it('does nothing at all without consent', async () => {
  const story = await scenario()
  const answer = await story.putLinker('photos')
  expect(answer).toMatchObject({ status: 403, body: { error: { code: 'NotAllowed' } } })
  await story.clock.pass(5 * 60_000)
  expect(story.changes()).toEqual([])
  expect((await story.linker('photos')).status).toBe(404)
})
