import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/functions/http/answers.ts'
import { callerOf, type Role, rolesFor } from '../../src/functions/http/callers.ts'
import {
  app,
  audience,
  type Claims,
  everything,
  linkerBody,
  linkerPath,
  principal,
  request,
  testServices,
  version,
} from './test-services.ts'

const { services } = testServices()
const readers = rolesFor('Connections.Read')
const refused = (headers: Record<string, string>, needed: readonly Role[] = readers): { status: number; code: string; message: string } => {
  try {
    callerOf(request('GET', '/', { headers, anonymous: true }), services, needed)
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, code: error.error.code, message: error.message }
    throw error
  }
  throw new Error('let in')
}
const withClaims = (claims: Claims, needed?: readonly Role[]) => refused({ 'x-ms-client-principal': principal(claims) }, needed)

describe('a caller', () => {
  it('with a role is let in', () => {
    expect(callerOf(request('GET', '/', { claims: { roles: ['Connections.Read'] } }), services, readers)).toEqual({
      objectId: 'somebody',
      author: { by: 'somebody', type: 'User' },
      roles: new Set(['Connections.Read']),
      ids: new Set(['somebody']),
    })
  })

  it('has roles under their long name too', () => {
    const long = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'
    const header = Buffer.from(
      JSON.stringify({
        auth_typ: 'aad',
        role_typ: long,
        claims: [
          { typ: 'aud', val: audience },
          { typ: long, val: 'Connections.Write' },
        ],
      }),
    ).toString('base64')
    expect(
      callerOf(request('GET', '/', { headers: { 'x-ms-client-principal': header }, anonymous: true }), services, ['Connections.Write'])
        .roles,
    ).toContain('Connections.Write')
  })

  it('without a sign-in is told how to get a token', () => {
    expect(refused({})).toMatchObject({ status: 401, message: expect.stringContaining(`--resource ${audience}`) })
  })

  it.each([
    '',
    'x',
    '!!!',
    'e30=',
    Buffer.from('{"auth_typ":"aad","claims":7}').toString('base64'),
    Buffer.from('null').toString('base64'),
    Buffer.from('{').toString('base64'),
  ])('with the header %j is no caller', (header) => {
    expect(refused({ 'x-ms-client-principal': header }).status).toBe(401)
  })

  it.each([
    'https://management.azure.com',
    'https://management.azure.com/',
    'https://management.core.windows.net/',
    'HTTPS://MANAGEMENT.AZURE.COM//',
    'https://management.core.windows.net//',
  ])('with a token for %s is refused by name', (aud) => {
    expect(withClaims({ aud })).toMatchObject({
      status: 401,
      code: 'InvalidAuthenticationTokenAudience',
      message: expect.stringContaining('Azure Resource Manager'),
    })
  })

  it.each<[string, Claims]>([
    ['another audience', { aud: 'api://other' }],
    ['an audience that only begins like the right one', { aud: `${audience}-other` }],
    ['no audience', { aud: '' }],
    ['another tenant', { tid: '00000000-0000-4000-8000-00000000000b' }],
    ['another provider', { authTyp: 'facebook' }],
  ])('with %s is refused', (_what, claims) => {
    expect(withClaims(claims).status).toBe(401)
  })

  it('without the role is told which is missing', () => {
    expect(withClaims({ roles: [] })).toMatchObject({ status: 403, message: expect.stringContaining('Connections.Read') })
    expect(withClaims({ roles: ['Connections.Read', 'connections.write'] }, ['Connections.Write'])).toMatchObject({
      status: 403,
      message: expect.stringContaining('Connections.Write'),
    })
  })
})

describe('a handler', () => {
  const given = testServices()
  const servicesOf = () => given.services
  const linker = `${linkerPath('data')}?${version}`
  const input = [
    [
      'PUT of a linker',
      'Connections.Write',
      (claims: Claims) => app(servicesOf)(request('PUT', linker, { claims, body: linkerBody() }), given.context),
    ],
    ['DELETE of a linker', 'Connections.Write', (claims: Claims) => app(servicesOf)(request('DELETE', linker, { claims }), given.context)],
    [
      'POST of reconcile',
      'Connections.Write',
      (claims: Claims) => app(servicesOf)(request('POST', `${linkerPath('data')}/reconcile?${version}`, { claims }), given.context),
    ],
    ['GET of a linker', 'Connections.Read', (claims: Claims) => app(servicesOf)(request('GET', linker, { claims }), given.context)],
    [
      'GET of connections',
      'Connections.Read',
      (claims: Claims) => app(servicesOf)(request('GET', '/connections', { claims }), given.context),
    ],
    ['GET of policies', 'Connections.Read', (claims: Claims) => app(servicesOf)(request('GET', '/policies', { claims }), given.context)],
    [
      'PUT of a policy',
      'Policies.Write',
      (claims: Claims) => app(servicesOf)(request('PUT', '/policies/p', { claims, body: { allow: everything } }), given.context),
    ],
    [
      'DELETE of a policy',
      'Policies.Write',
      (claims: Claims) => app(servicesOf)(request('DELETE', '/policies/p', { claims }), given.context),
    ],
  ] as const

  it.each(input)('of %s is open to %s only', async (_what, role, ask) => {
    const others = ['Connections.Read', 'Connections.Write', 'Policies.Write'].filter((other) => other !== role)
    const closed = role === 'Connections.Read' ? [] : others
    for (const other of closed) expect((await ask({ roles: [other] })).status).toBe(403)
    expect((await ask({ roles: [] })).status).toBe(403)
    expect((await ask({ roles: [role], aud: 'https://management.azure.com' })).status).toBe(401)
    expect((await ask({ roles: [role] })).status).not.toBe(401)
    if (_what !== 'PUT of a linker') expect((await ask({ roles: [role] })).status).not.toBe(403)
  })
})
