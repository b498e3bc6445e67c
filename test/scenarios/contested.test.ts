// Another writer undoes what the app does, again and again: the app stops after the third time, says who, and tries again when a person asks for it.
import { expect, it } from 'vitest'
import { type Person, personOf } from '../../src/local/person.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const hour = 60 * minute
const linker = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos`
const problems = async (story: Scenario): Promise<string> => JSON.stringify((await story.linker('photos')).properties.problems ?? '')
const account = `${idOfAccount('orders')}?api-version=2024-01-01`

/** Ada, whose tool may also write in clusters. */
const gitOps = {
  name: 'ada',
  appRoles: ['Connections.Read', 'Connections.Write', 'Policies.Write'],
  roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
}

/** Undoes it whenever it is there, and counts how often; until it has not come back for some hours. */
async function fight(story: Scenario, isThere: () => boolean | Promise<boolean>, undo: () => Promise<unknown>): Promise<number> {
  let undone = 0
  for (let last = story.clock.now(); story.clock.now() < last + 3 * hour; await story.clock.pass(20 * minute))
    if (await isThere()) {
      await undo()
      undone++
      last = story.clock.now()
    }
  return undone
}

const rulesOf = (story: Scenario): readonly string[] => story.changes().filter((line) => line.startsWith('firewall'))
const closeFirewall = (story: Scenario) => async (): Promise<void> => {
  await story.arm('PATCH', account, { properties: { networkAcls: { defaultAction: 'Deny', ipRules: [] } } })
}

it('stops opening a firewall that another writer closes again and again, and starts again when a person requests a reconcile', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const undone = await fight(story, () => rulesOf(story).length > 0, closeFirewall(story))
  expect(undone).toBe(3)
  expect(await problems(story)).toMatch(/Contested.*firewall|Contested.*rule/i)
  expect(await problems(story)).toMatch(/reverted three times within a day, by (a person with the|the application) /)
  expect((await story.linker('photos')).state).toBe('Failed')

  await story.call('ada', 'POST', `${linker}/reconcile?api-version=2024-04-01`)
  await story.reaches('photos', 'Succeeded')
  expect(await problems(story)).not.toContain('Contested')
  expect(rulesOf(story)).toHaveLength(1)
})

it('stops writing a Secret that a GitOps tool overwrites, and names its field manager', async () => {
  const story = await scenario({ settings: { CONNECTOR_AUDIT_MINUTES: '60' }, fleet: { people: [gitOps] } })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const ada: Person = personOf(story, 'ada')
  const path = '/api/v1/namespaces/orders/secrets/sc-photos-secret'
  const key = 'AZURE_STORAGEBLOB_CONNECTIONSTRING'
  const read = async () => (await ada.kubernetes(idOfCluster('c1'), 'GET', path)).body as { data: Record<string, string> }
  const wrong = Buffer.from('what git says').toString('base64')
  const undone = await fight(
    story,
    async () => (await read()).data[key] !== wrong,
    async () => {
      const secret = await read()
      const answer = await ada.kubernetes(idOfCluster('c1'), 'PUT', `${path}?fieldManager=argocd-controller`, {
        ...secret,
        data: { ...secret.data, [key]: wrong },
      })
      expect(answer.status).toBe(200)
    },
  )
  ada.close()
  expect(undone).toBe(3)
  expect(await problems(story)).toMatch(/Contested.*sc-photos-secret.*reverted three times within a day, by argocd-controller/)
})

it('stops marking an identity whose tags another writer removes', async () => {
  const story = await scenario({ settings: { CONNECTOR_AUDIT_MINUTES: '60' } })
  await story.putPolicy()
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('photos', 'Succeeded')
  const [, name = ''] = /^identity (\S+)$/m.exec(story.changes().join('\n')) ?? []
  const identity = `${idOfAccount('x').replace(/Microsoft\.Storage.*/, '')}Microsoft.ManagedIdentity/userAssignedIdentities/${name}`
  const tags = async () =>
    ((await story.arm('GET', `${identity}?api-version=2023-01-31`)).body as { tags?: Record<string, string> }).tags ?? {}
  const undone = await fight(
    story,
    async () => Object.keys(await tags()).length > 0,
    () => story.arm('PATCH', `${identity}?api-version=2023-01-31`, { tags: {} }),
  )
  expect(undone).toBe(3)
  // The pods can still use it: the connection is as good as it was, and the timeline tells.
  expect(JSON.stringify((await story.linker('photos')).properties.timeline)).toMatch(
    /Contested.*identity.*within a day, by the application/,
  )
})

it('does not take its own changes, or a key that is rotated, for a fight', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  for (const client of ['dotnet', 'java', 'python', 'nodejs', 'dotnet-internal']) {
    expect(await story.putLinker('photos', { clientType: client })).toMatchObject({ status: 201 })
    await story.reaches('photos', 'Succeeded')
    await story.arm('POST', `${idOfAccount('orders')}/regenerateKey?api-version=2024-01-01`, { keyName: 'key1' })
    await story.clock.pass(10 * minute)
    expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
  }
  expect(await problems(story)).not.toContain('Contested')
})
