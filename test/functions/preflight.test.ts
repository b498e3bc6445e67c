// The handler of the preflight: what it takes, what it passes on, and that both ways lead to it.
import type { HttpResponseInit } from '@azure/functions'
import { expect, it } from 'vitest'
import type { ConnectionSpec } from '../../src/model/connection.ts'
import { app, cluster, request, testServices, version } from './test-services.ts'

const change = {
  connections: ['photos'],
  loop: 'target',
  step: 'open-firewall',
  change: 'create',
  when: 'now',
  by: 'app',
  object: 'a rule',
} as const
const nothing = { value: [], changes: [change], budgets: [], ready: true, notes: [] }
const open = () => {
  const input: (readonly ConnectionSpec[])[] = []
  const { services, context } = testServices({
    preflight: async (_cluster, spec) => {
      input.push(spec)
      return { ...nothing, adoptions: [], actions: [] }
    },
  })
  const call = async (path: string, ask: object = {}) => {
    const { status, body } = (await app(() => services)(request('GET', path, ask), context)) as HttpResponseInit
    return { status, body: JSON.parse(String(body ?? '{}')) }
  }
  return { call, input }
}
const path = `${cluster}/providers/Microsoft.ServiceLinker/preflight?${version}`
const tag = (value: string): string => `&connect=${encodeURIComponent(value)}`
const reader = { claims: { roles: ['Connections.Read'] } }

it('reads each connect as a tag, with its name where it has one', async () => {
  const { call, input } = open()
  const answer = await call(
    path + tag('storage-blob:data/stdata?namespace=orders&auth=secret') + tag('connect-Photos=storage-blob:stdata'),
    reader,
  )
  expect(answer).toEqual({ status: 200, body: { ...nothing, adopts: [] } })
  expect(input[0]).toMatchObject([
    { name: 'requested-1', namespace: 'orders', auth: 'secret' },
    { name: 'photos', namespace: 'default', auth: 'workload-identity' },
  ])
})

it('is reached by the shorter way, too, and by no other below it', async () => {
  const { call, input } = open()
  expect((await call(`/clusters${cluster}/preflight?x=1`, reader)).status).toBe(200)
  expect(input).toEqual([[]])
  for (const other of [`/clusters${cluster}`, `/clusters${cluster}/flight`, '/clusters/preflight', '/clusters'])
    expect([400, 404]).toContain((await call(other, reader)).status)
  expect((await call(`/clusters${cluster}/preflight`, { anonymous: true })).status).toBe(401)
})

it('refuses what is no tag with what is wrong with it, and more than 20', async () => {
  const { call, input } = open()
  const wrong = await call(path + tag('storage-blob:stdata') + tag('storage-blob:stdata?colour=red'), reader)
  expect(wrong.status).toBe(400)
  expect(wrong.body.error.details).toMatchObject([{ message: expect.stringContaining("option 'colour' is not known") }])
  expect((await call(path + tag('connect-=storage-blob:stdata'), reader)).status).toBe(400)
  expect((await call(path + tag('storage-blob:stdata').repeat(21), reader)).body.error.message).toContain('At most 20')
  expect(input).toEqual([])
})
