import { Agent } from 'node:https'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { roleAssignments } from '../../../../src/local/cloud/access.ts'
import { startCloud } from '../../../../src/local/cloud/cloud.ts'
import { idOf } from '../../../../src/local/fleets/fleet.ts'
import { type ArmWorld, armWorld, clusterPath, groupPath, send, storagePath, subscription } from './arm-world.ts'

const version = '?api-version=2022-09-01'

describe('Azure Resource Manager', () => {
  let world: ArmWorld
  let ada: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld({ unregisteredProviders: ['Microsoft.KubernetesConfiguration'] })
    ada = world.as('ada')
  })
  afterEach(() => world.close())
  const code = (answer: { body: Record<string, unknown> }): string => (answer.body['error'] as { code: string }).code

  it('asks for a token that is meant for it', async () => {
    const missing = await ada.send('GET', `/subscriptions/${subscription}${version}`, undefined, { authorization: '' })
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    const token = await world.cloud.entra.token({ oid: world.cloud.app.principalId }, 'https://storage.azure.com')
    const wrong = await ada.send('GET', `/subscriptions/${subscription}${version}`, undefined, { authorization: `Bearer ${token}` })
    expect([wrong.status, code(wrong)]).toEqual([401, 'InvalidAuthenticationToken'])
  })

  it('asks for an api-version, and says what is missing or not simulated', async () => {
    const answers = [
      await ada.send('GET', groupPath('shop')),
      await ada.send('GET', `${groupPath('shop')}?api-version=latest`),
      await ada.send('GET', `/subscriptions/00000000-0000-0000-0000-000000000000${version}`),
      await ada.send('GET', groupPath('nowhere') + version),
      await ada.send('GET', `${groupPath('shop')}/providers/Microsoft.Compute/disks/d${version}`),
    ]
    expect(answers.map((answer) => [answer.status, code(answer)])).toEqual([
      [400, 'MissingApiVersionParameter'],
      [400, 'InvalidApiVersionParameter'],
      [404, 'SubscriptionNotFound'],
      [404, 'ResourceGroupNotFound'],
      [501, 'NotSimulated'],
    ])
  })

  it('answers 403 before 404 to a caller who may not read', async () => {
    const world2 = await armWorld({ people: [{ name: 'eve' }] })
    const refused = await world2.as('eve').send('GET', storagePath('absent') + version)
    expect([refused.status, code(refused)]).toEqual([403, 'AuthorizationFailed'])
    await world2.close()
  })

  it('sends the headers of the real one', async () => {
    const { headers } = await ada.send('GET', groupPath('shop') + version, undefined, { 'x-ms-correlation-request-id': 'mine' })
    expect(headers.get('x-ms-correlation-request-id')).toBe('mine')
    expect(headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers.get('x-ms-routing-request-id')).toMatch(/^WESTEUROPE:\d{8}T\d{6}Z:/)
    expect(headers.get('x-ms-ratelimit-remaining-subscription-reads')).toBe('249')
  })

  it('throttles a principal that writes too much, and says for how long', async () => {
    const statuses: number[] = []
    let last = await ada.send('PATCH', storagePath('absent') + version, {})
    for (let n = 0; n < 201 && last.status !== 429; n++) {
      statuses.push(last.status)
      last = await ada.send('PATCH', storagePath('absent') + version, {})
    }
    expect(statuses).toHaveLength(200)
    expect([last.status, code(last), last.headers.get('retry-after')]).toEqual([429, 'SubscriptionRequestsThrottled', '1'])
    await world.clock.pass(1_000)
    expect((await ada.send('PATCH', storagePath('absent') + version, {})).status).toBe(404)
  })

  it('registers providers in its own time', async () => {
    const path = `/subscriptions/${subscription}/providers/Microsoft.KubernetesConfiguration`
    const extension = `${clusterPath('c1')}/providers/Microsoft.KubernetesConfiguration/extensions/x`
    expect((await ada.send('GET', path + version)).body['registrationState']).toBe('NotRegistered')
    expect(code(await ada.send('PUT', extension + version, {}))).toBe('MissingSubscriptionRegistration')
    expect((await ada.send('POST', `${path}/register${version}`)).body['registrationState']).toBe('Registering')
    await world.clock.pass(120_000)
    expect((await ada.send('GET', path + version)).body['registrationState']).toBe('Registered')
    const rob = await world.as('rob').send('POST', `${path}/register${version}`)
    expect(rob.status).toBe(403)
  })

  it('has groups, and their tags', async () => {
    expect((await ada.send('PUT', groupPath('new') + version, { location: 'West Europe' })).status).toBe(201)
    expect((await ada.send('PUT', groupPath('NEW') + version, { location: 'northeurope' })).status).toBe(409)
    const tags = `${groupPath('new')}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`
    await ada.send('PATCH', tags, { operation: 'Merge', properties: { tags: { Team: 'a' } } })
    await ada.send('PATCH', tags, { operation: 'Merge', properties: { tags: { team: 'b', more: 'c' } } })
    expect((await ada.send('GET', tags)).body['properties']).toEqual({ tags: { team: 'b', more: 'c' } })
    for (const tags2 of [{ 'a/b': '1' }, { a: 'x'.repeat(257) }, Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, '']))])
      expect((await ada.send('PUT', tags, { properties: { tags: tags2 } })).status).toBe(400)
    expect((await ada.send('GET', groupPath('new') + version)).body['tags']).toEqual({ team: 'b', more: 'c' })
    const list = (await ada.send('GET', `/subscriptions/${subscription}/resourceGroups${version}`)).body['value'] as unknown as {
      name: string
    }[]
    expect(list.map(({ name }) => name)).toContain('new')
    const deleting = await ada.send('DELETE', groupPath('new') + version)
    expect([deleting.status, deleting.headers.get('retry-after')]).toEqual([202, '15'])
    const poll = () => ada.send('GET', deleting.headers.get('location') ?? '')
    expect((await poll()).status).toBe(202)
    await world.clock.pass(30_000)
    expect((await poll()).status).toBe(200)
    expect((await ada.send('GET', groupPath('new') + version)).status).toBe(404)
  })

  it('deletes a group with everything in it', async () => {
    await ada.send('DELETE', groupPath('shop') + version)
    const refused = await ada.send('PATCH', storagePath('orders') + version, {})
    expect([refused.status, code(refused)]).toEqual([409, 'ResourceGroupBeingDeleted'])
    await world.clock.pass(30_000)
    expect(code(await ada.send('GET', storagePath('orders') + version))).toBe('ResourceGroupNotFound')
    expect(() => world.cloud.kubernetes.authorityPem(clusterPath('c1'))).toThrow()
  })

  it('deletes what was assigned on a group or in it together with the group', async () => {
    const roleDefinitionId = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`
    const assign = (scope: string, n: number) =>
      ada.send(
        'PUT',
        `${scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000${n}?api-version=2022-04-01`,
        {
          properties: { principalId: idOf('principal rob'), principalType: 'User', roleDefinitionId },
        },
      )
    expect([(await assign(groupPath('shop'), 1)).status, (await assign(storagePath('orders'), 2)).status]).toEqual([201, 201])
    const within = () => [...roleAssignments(world.cloud.world).values()].filter(({ principalId }) => principalId === idOf('principal rob'))
    const before = within().length
    await ada.send('DELETE', groupPath('shop') + version)
    await world.clock.pass(30_000)
    expect(before - within().length).toBe(2)
  })

  it('goes on after a restart where it was, with what was under way', async () => {
    const path = `${clusterPath('c1')}?api-version=2026-06-01`
    const before = await ada.send('GET', path)
    const started = await ada.send('PUT', path, before.body)
    const url = started.headers.get('azure-asyncoperation') ?? ''
    const state = JSON.parse(JSON.stringify(world.cloud.snapshot()))
    await world.cloud.close()
    const again = await startCloud({ clock: world.clock, fleet: world.fleet, state })
    const agent = new Agent({ proxyEnv: { HTTPS_PROXY: again.proxyUrl('functions') } })
    const authorization = `Bearer ${await again.entra.token({ oid: again.app.principalId }, 'https://management.azure.com')}`
    const get = (target: string) => send(agent, 'GET', target, { authorization })
    expect(again.caPem).toBe(world.cloud.caPem)
    await world.clock.pass(5 * 60_000)
    expect(await get(url)).toMatchObject({ status: 200, body: { status: 'Succeeded' } })
    expect(await get(path)).toMatchObject({ body: { properties: { provisioningState: 'Succeeded' } } })
    await again.close()
  })
})
