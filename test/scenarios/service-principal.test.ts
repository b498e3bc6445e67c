import { describe, expect, it } from 'vitest'
import { resources } from '../../src/local/cloud/arm/resources.ts'
import { vaultSecrets } from '../../src/local/cloud/key-vault/secrets.ts'
import { idOf } from '../../src/local/fleets/fleet.ts'
import { secretData } from './footprint.ts'
import { tableRows } from './raw.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const clientId = idOf('client batch')
const principalId = idOf('principal batch')
const authInfo = { authType: 'servicePrincipalSecret', clientId, principalId, secret: 'secret-of-batch' }

it('connects by a service principal: its secret passes through the Key Vault and lies nowhere else', async () => {
  const story = await scenario()
  await story.putPolicy()
  const put = await story.putLinker('photos', { authInfo })
  expect(put.status).toBe(201)
  const { properties, body } = await story.reaches('photos', 'Succeeded')
  expect(properties.authInfo).toMatchObject({ authType: 'servicePrincipalSecret', clientId, principalId })
  expect(properties.kubernetesResourceName).toEqual({ secret: 'sc-photos-secret' })
  expect(JSON.stringify([put.body, body])).not.toContain('secret-of-batch')
  expect(secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret')).toMatchObject({
    AZURE_STORAGEBLOB_CLIENTID: clientId,
    AZURE_STORAGEBLOB_CLIENTSECRET: 'secret-of-batch',
    AZURE_STORAGEBLOB_TENANTID: expect.any(String),
  })
  const instances = await (await fetch(`${story.host.url}/runtime/webhooks/durabletask/instances?showInput=true`)).text()
  const stored = JSON.stringify(await tableRows(story))
  expect(stored).toContain('sc-photos-secret')
  for (const text of [stored, instances]) expect(text).not.toContain('secret-of-batch')

  // Roles take minutes to spread.
  await story.clock.pass(10 * minute)
  expect((await story.pod('photos')).output).toBe('2 containers: invoices, photos')
  expect(story.changes()).toEqual([
    'Secret orders/sc-photos-secret in c1',
    expect.stringMatching(/^firewall orders /),
    expect.stringMatching(new RegExp(`^role .* of ${principalId} on orders$`)),
    expect.stringMatching(/^vault secret connectorkeys\/sc-main-[a-z2-7]{26}$/),
  ])

  // What GET answers is put again without the secret, and changes nothing; another secret is a change.
  const again = await story.putLinker('photos', { authInfo: properties.authInfo })
  expect(again).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Succeeded' } } })
  expect((await story.putLinker('photos', { authInfo: { ...authInfo, secret: 'another' } })).status).toBe(201)
  const data = () => secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret')
  await story.until('the new secret to be written', () => data().AZURE_STORAGEBLOB_CLIENTSECRET === 'another')

  await story.removeLinker('photos')
  await story.vanishes('photos')
  expect(story.changes()).toEqual([])
})

it('connects once more under a name whose secret has just been deleted, and recovers what was deleted', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos', { authInfo })
  await story.reaches('photos', 'Succeeded')
  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(minute)
  const refused = await story.putLinker('photos', { authInfo })
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'SecretRecovering' } } })
  expect(refused.headers.get('retry-after')).toBe('10')
  story.errors.length = 0
  await story.clock.pass(minute)
  expect((await story.putLinker('photos', { authInfo })).status).toBe(201)
  await story.reaches('photos', 'Succeeded')

  const secrets = vaultSecrets(story.cloud.world)
  for (const [key, one] of secrets) secrets.set(key, { ...one, deletedAt: story.clock.now() })
  await story.call('ada', 'POST', `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.until('it to be there again', () => [...secrets.values()].every(({ deletedAt }) => deletedAt === undefined))
  await story.reaches('photos', 'Succeeded')
})

it('takes a secret out of the vault again whose connection could not be stored, and leaves one alone that came to be after all', async () => {
  const story = await scenario()
  await story.putPolicy()
  const fault = story.cloud.faults.add({
    match: { service: 'storage', method: 'POST', body: /"RowKey":"loop".*"kind":"connection"|"kind":"connection".*"RowKey":"loop"/s },
    times: 2,
    answer: {
      status: 403,
      body: { 'odata.error': { code: 'AuthorizationFailure', message: { lang: 'en-US', value: 'This request is not authorized.' } } },
    },
  })
  expect((await story.putLinker('photos', { authInfo })).status).toBe(500)
  expect((await story.putLinker('thumbs', { authInfo })).status).toBe(500)
  expect(fault.hits).toBe(2)
  story.errors.length = 0
  const kept = () => story.changes().filter((line) => line.startsWith('vault'))
  expect(kept()).toHaveLength(2)
  await story.clock.pass(5 * minute)
  expect((await story.putLinker('photos', { authInfo })).status).toBe(201)
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(40 * minute)
  expect(kept()).toHaveLength(1)
  expect((await story.linker('photos')).state).toBe('Succeeded')
  expect((await tableRows(story)).filter(({ RowKey }) => String(RowKey).startsWith('provided:'))).toEqual([])
  await story.removeLinker('photos')
  await story.vanishes('photos')
  expect(story.changes()).toEqual([])
})

it('keeps one of two secrets that are given at once, also over a removal that is under way', async () => {
  const story = await scenario()
  await story.putPolicy()
  const put = (secret: string) => story.putLinker('photos', { authInfo: { ...authInfo, secret } })
  const data = () => secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret').AZURE_STORAGEBLOB_CLIENTSECRET
  const answers = await Promise.all([put('one'), put('two')])
  expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true)
  await story.reaches('photos', 'Succeeded')
  expect(['one', 'two']).toContain(data())
  await Promise.all([story.removeLinker('photos'), put('three')])
  // A caller that comes while the vault deletes or recovers it comes again.
  await story.until('the third to be taken', async () => [200, 201].includes((await put('three')).status), 10 * minute)
  story.errors.length = 0
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(40 * minute)
  expect((await story.linker('photos')).state).toBe('Succeeded')
  expect(data()).toBe('three')
  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(40 * minute)
  expect(story.changes()).toEqual([])
})

it('deletes the secret of a connection that is removed in the moment after it was asked for', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos', { authInfo })
  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(40 * minute)
  expect(story.changes()).toEqual([])
})

describe('a connection is removed while the Key Vault', () => {
  const connected = async () => {
    const story = await scenario()
    await story.putPolicy()
    await story.putLinker('photos', { authInfo })
    await story.reaches('photos', 'Succeeded')
    const remove = async () => {
      const operation = new URL((await story.removeLinker('photos')).headers.get('azure-asyncoperation') ?? '')
      return async () =>
        (await story.call('ada', 'GET', operation.pathname + operation.search)).body as { status: string; properties?: object }
    }
    return { story, remove }
  }
  const kept = expect.stringMatching(/^vault secret connectorkeys/)

  it.each([
    [
      'refuses for want of a role',
      'Caller is not authorized to perform action on resource.\nCaller: appid=1;oid=00000000-0000-4000-8000-000000000001',
    ],
    ['is closed to its network', 'Client address is not authorized and caller is not a trusted service.\nClient address: 20.1.2.3'],
  ])('%s: the secret is orphaned and said, and goes once it can', async (_what, message) => {
    const { story, remove } = await connected()
    const fault = story.cloud.faults.add({
      match: { service: 'key-vault' },
      answer: { status: 403, body: { error: { code: 'Forbidden', message } } },
    })
    const status = await remove()
    await story.until('the removal to end', async () => (await status()).status === 'Succeeded', 10 * minute)
    expect(JSON.stringify(await status())).toContain('By hand: az keyvault secret delete --vault-name connectorkeys --name sc-main-')
    expect(story.changes()).toEqual([kept])
    fault.remove()
    await story.vanishes('photos', 3 * 60 * minute)
    expect(story.changes()).toEqual([])
  })

  it('does not answer for a while: it is waited for', async () => {
    const { story, remove } = await connected()
    const fault = story.cloud.faults.add({ match: { service: 'key-vault' }, answer: 'reset' })
    const status = await remove()
    await story.clock.pass(20 * minute)
    expect((await status()).status).not.toBe('Succeeded')
    fault.remove()
    await story.vanishes('photos', 10 * minute)
    expect(JSON.stringify(await status())).not.toContain('Orphaned')
    expect(story.changes()).toEqual([])
  })

  it('is deleted: that is said after half an hour', async () => {
    const { story, remove } = await connected()
    const all = resources(story.cloud.world)
    for (const [key, { name }] of all) if (name === 'connectorkeys') all.delete(key)
    const status = await remove()
    await story.until('the removal to end', async () => (await status()).status === 'Succeeded', 60 * minute)
    expect(JSON.stringify(await status())).toContain('secret sc-main-')
    expect(JSON.stringify(await status())).toContain('az keyvault secret delete')
    expect(story.changes()).toEqual([kept])
  })
})

it('takes no secret without a Key Vault, and none over a tag', async () => {
  const story = await scenario({ settings: { CONNECTOR_KEY_VAULT: '' } })
  await story.putPolicy()
  const refused = await story.putLinker('photos', { authInfo })
  expect(refused.status).toBe(400)
  expect(JSON.stringify(refused.body)).toContain('CONNECTOR_KEY_VAULT')
  expect(JSON.stringify(refused.body)).not.toContain('secret-of-batch')
  await story.tag(idOfCluster('c1'), { 'connect-photos': 'storage-blob:orders?namespace=orders&auth=service-principal' })
  await story.clock.pass(10 * minute)
  expect(await story.linker('photos')).toMatchObject({ state: 'Failed', properties: { problems: [{ code: 'InvalidTag' }] } })
  expect(story.changes()).toEqual([])
})

it('gives no role to a service principal that no policy names', async () => {
  const story = await scenario()
  await story.putPolicy('all', { identities: ['*/shop/*'] })
  const answer = await story.putLinker('photos', { authInfo })
  expect(answer).toMatchObject({ status: 403, body: { error: { code: 'ProvidedIdentityNotAllowed' } } })
  expect(story.changes()).toEqual([])
})
