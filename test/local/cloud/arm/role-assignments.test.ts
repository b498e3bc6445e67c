import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mayDo } from '../../../../src/local/cloud/access.ts'
import { type ArmWorld, armWorld, groupPath, identityPath, storagePath, subscription } from './arm-world.ts'

const version = '?api-version=2022-04-01'
const [reader, contributor, owner] = [
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
]
const scope = storagePath('orders')
const guid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`
const at = (n: number, on = scope): string => `${on}/providers/Microsoft.Authorization/roleAssignments/${guid(n)}${version}`
const role = (id: string): string => `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${id}`

describe('role assignments', () => {
  let world: ArmWorld
  let app: ReturnType<ArmWorld['as']>
  let ada: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld()
    app = world.as('app')
    ada = world.as('ada')
  })
  afterEach(() => world.close())

  const newPrincipal = async (name = 'pod'): Promise<string> => {
    const made = await app.send('PUT', `${identityPath(name)}?api-version=2024-11-30`, { location: 'westeurope' })
    return String((made.body['properties'] as unknown as { principalId: string }).principalId)
  }
  const settled = async (name = 'pod'): Promise<string> => {
    const oid = await newPrincipal(name)
    await world.clock.pass(60_000)
    return oid
  }
  const body = (principalId: string, id = reader, principalType: string | undefined = 'ServicePrincipal') => ({
    properties: { roleDefinitionId: role(id), principalId, ...(principalType ? { principalType } : {}) },
  })
  const code = (answer: { body: Record<string, unknown> }): string => (answer.body['error'] as { code: string }).code
  const mayRead = (principalId: string): boolean =>
    mayDo(world.cloud.world, { principalId, dataAction: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read', scope })

  it('that is time-bound stands in the list without its end, which its schedule tells, and is gone then', async () => {
    const principalId = await settled()
    const below = `${scope}/providers/Microsoft.Authorization`
    const list = async (what: string): Promise<readonly { properties: Record<string, unknown> }[]> =>
      (await ada.send('GET', `${below}/${what}?$filter=principalId eq '${principalId}'`.replace('?', '?api-version=2022-04-01&'))).body[
        'value'
      ] as never
    const asked = await ada.send('PUT', `${below}/roleAssignmentScheduleRequests/${guid(7)}?api-version=2020-10-01`, {
      properties: {
        requestType: 'AdminAssign',
        roleDefinitionId: role(reader),
        principalId,
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
      },
    })
    expect(asked.status).toBe(201)
    expect((await list('roleAssignments')).map(({ properties }) => 'endDateTime' in properties)).toEqual([false])
    const end = new Date(world.clock.now() + 60 * 60_000).toISOString()
    expect((await list('roleAssignmentScheduleInstances')).map(({ properties }) => properties['endDateTime'])).toEqual([end])
    await world.clock.pass(10 * 60_000)
    expect(mayRead(principalId)).toBe(true)
    await world.clock.pass(50 * 60_000)
    expect([await list('roleAssignments'), mayRead(principalId)]).toEqual([[], false])
  })

  it('works only some time after it was made', async () => {
    const principalId = await settled()
    const made = await app.authorization.roleAssignments.create(scope, guid(1), {
      roleDefinitionId: role(reader),
      principalId,
      principalType: 'ServicePrincipal',
    })
    expect(made).toMatchObject({ scope, principalId, principalType: 'ServicePrincipal', roleDefinitionId: role(reader) })
    expect(mayRead(principalId)).toBe(false)
    await world.clock.pass(61_000)
    expect(mayRead(principalId)).toBe(true)
    expect((await app.send('DELETE', at(1))).status).toBe(200)
    expect((await ada.send('DELETE', at(1))).status).toBe(204)
    expect(mayRead(principalId)).toBe(false)
  })

  it('does not find a new principal whose type is not given, and sometimes not even one whose type is', async () => {
    const principalId = await newPrincipal()
    const refused = await ada.send('PUT', at(1), body(principalId, reader, ''))
    expect([refused.status, code(refused)]).toEqual([400, 'PrincipalNotFound'])
    const answers = []
    for (let n = 0; n < 30; n++) answers.push((await ada.send('PUT', at(1), body(principalId))).status)
    expect(new Set(answers)).toEqual(new Set([200, 201, 400]))
    await world.clock.pass(31_000)
    expect((await ada.send('PUT', at(1), body(principalId, reader, ''))).status).toBe(200)
  })

  it('says what is there already, what cannot be changed, and what has the wrong type', async () => {
    const [principalId, other] = [await settled('pod'), await settled('other')]
    expect((await app.send('PUT', at(1), body(principalId))).status).toBe(201)
    expect((await app.send('PUT', at(1), body(principalId))).status).toBe(200)
    const twin = await app.send('PUT', at(2), body(principalId))
    expect([twin.status, code(twin)]).toEqual([409, 'RoleAssignmentExists'])
    expect(JSON.stringify(twin.body)).toContain(guid(1).replaceAll('-', ''))
    const changed = await app.send('PUT', at(1), body(other))
    expect([changed.status, code(changed)]).toEqual([400, 'RoleAssignmentUpdateNotPermitted'])
    expect(code(await app.send('PUT', at(1, groupPath('shop')), body(principalId)))).toBe('RoleAssignmentUpdateNotPermitted')
    expect(code(await ada.send('PUT', at(3), body(other, reader, 'User')))).toBe('UnmatchedPrincipalType')
    expect(code(await ada.send('PUT', at(3), body(other, guid(9))))).toBe('RoleDefinitionDoesNotExist')
  })

  it('lets a constrained administrator give and take the allowed roles only, and only where the type is said', async () => {
    const principalId = await settled()
    expect((await app.send('PUT', at(1), body(principalId, contributor))).status).toBe(201)
    for (const refused of [
      await app.send('PUT', at(2), body(principalId, owner)),
      await app.send('PUT', at(2), body(principalId, reader, '')),
    ]) {
      expect([refused.status, code(refused)]).toEqual([403, 'AuthorizationFailed'])
      expect(JSON.stringify(refused.body)).toContain('or an ABAC condition not fulfilled')
    }
    expect((await ada.send('PUT', at(2), body(principalId, owner))).status).toBe(201)
    expect((await app.send('DELETE', at(2))).status).toBe(403)
    expect((await app.send('DELETE', at(1))).status).toBe(200)
  })

  it('lists at, above and below a scope, by principal', async () => {
    const principalId = await settled()
    await app.send('PUT', at(1), body(principalId))
    await ada.send('PUT', at(2, groupPath('shop')), body(principalId, contributor))
    const ids = async (list: AsyncIterable<{ name?: string }>): Promise<(string | undefined)[]> => {
      const found = []
      for await (const { name } of list) found.push(name)
      return found.sort()
    }
    const filter = `principalId eq '${principalId}'`
    expect(await ids(app.authorization.roleAssignments.listForScope(scope, { filter }))).toEqual([guid(1), guid(2)])
    expect(await ids(app.authorization.roleAssignments.listForSubscription({ filter }))).toEqual([guid(1), guid(2)])
    const above = await ids(app.authorization.roleAssignments.listForScope(groupPath('shop'), { filter: 'atScope()' }))
    expect(above).toContain(guid(2))
    expect(above).not.toContain(guid(1))
  })

  it('keeps assignments of a principal that is gone', async () => {
    const principalId = await settled()
    await app.send('PUT', at(1), body(principalId))
    await app.send('DELETE', `${identityPath('pod')}?api-version=2024-11-30`)
    expect((await app.send('GET', at(1))).status).toBe(200)
    expect(await newPrincipal('pod')).not.toBe(principalId)
  })

  it('tells role definitions by name', async () => {
    const found = []
    for await (const one of app.authorization.roleDefinitions.list(scope, { filter: "roleName eq 'Storage Blob Data Reader'" }))
      found.push(one.name)
    expect(found).toEqual([reader])
  })
})
