import type { HttpResponseInit } from '@azure/functions'
import { expect, it } from 'vitest'
import type { DiagnosticCheck } from '../../src/model/diagnostic-check.ts'
import { app, everything, linkerBody, linkerPath, request, testServices, version } from './test-services.ts'

const checks: readonly DiagnosticCheck[] = [
  { about: 'namespace orders', state: 'well', text: 'It is Active.' },
  { about: 'Secret sc-photos-secret', state: 'absent', text: 'It does not exist.' },
  { about: 'job sc-job', state: 'unknown', text: 'It could not be read.' },
]
const open = async () => {
  const input: unknown[] = []
  const given = testServices({
    diagnose: async ({ name, namespace }, account) => {
      input.push({ name, namespace, account })
      return checks
    },
  })
  await given.store.putPolicy({ name: 'all', allow: everything })
  const call = async (method: string, path: string, ask: object = {}) => {
    const { status, body } = (await app(() => given.services)(
      request(method, `${path}?${version}`, ask),
      given.context,
    )) as HttpResponseInit
    return { status, body: JSON.parse(String(body ?? '{}')) }
  }
  return { call, input, woken: given.woken }
}

it('answers what was found, and what is wrong with it in one line', async () => {
  const { call, input, woken } = await open()
  await call('PUT', linkerPath('photos'), { body: linkerBody({ scope: 'orders' }) })
  const before = woken.length
  const { status, body } = await call('GET', `${linkerPath('photos')}/diagnosis`, { claims: { roles: ['Connections.Read'] } })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    transport: 'direct',
    state: 'Accepted',
    checks,
    summary: 'unknown: job sc-job; absent: Secret sc-photos-secret',
  })
  expect(input).toEqual([{ name: 'photos', namespace: 'orders' }])
  expect(woken).toHaveLength(before)
})

it('knows no connection that was not declared, and no other method', async () => {
  const { call, input } = await open()
  expect((await call('GET', `${linkerPath('nobody')}/diagnosis`)).status).toBe(404)
  expect((await call('POST', `${linkerPath('nobody')}/diagnosis`)).status).toBe(405)
  expect(input).toEqual([])
})
