import type { HttpResponseInit } from '@azure/functions'
import { expect, it } from 'vitest'
import { targets } from '../../src/targets/catalogue.ts'
import { app, request, testServices } from './test-services.ts'

const given = testServices()
const get = async (ask: object = {}) =>
  (await app(() => given.services)(request('GET', '/targetTypes', ask), given.context)) as HttpResponseInit

it('answers every type in the form of az aks connection list-support-types', async () => {
  const { status, body } = await get({ claims: { roles: ['Connections.Read'] } })
  const types = JSON.parse(String(body))
  expect([status, types.length]).toEqual([200, targets.length])
  expect(types.find(({ target }: { target: string }) => target === 'storage-file')).toEqual({
    source: 'aks',
    target: 'storage-file',
    auth_types: ['secret'],
    client_types: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'php', 'ruby', 'springBoot'],
  })
})

it('names the client types that only some auth types have', async () => {
  const types: readonly { target: string; client_types: readonly string[] }[] = JSON.parse(String((await get()).body))
  for (const { type, auth, clients, clientsByAuth } of targets) {
    const named = new Set(types.find(({ target }) => target === type)?.client_types)
    expect(named).toEqual(new Set(auth.flatMap((one) => clientsByAuth?.[one] ?? clients).concat(clients)))
  }
})

it('is for callers with a role', async () => expect((await get({ anonymous: true })).status).toBe(401))
