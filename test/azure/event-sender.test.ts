// Events by HTTPS: to a topic of Event Grid signed in, to another endpoint with a token of its audience, or with none.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEventSender } from '../../src/azure/event-sender.ts'
import { sentEvents } from '../../src/local/cloud/event-grid-topics.ts'
import type { CloudRequest } from '../../src/local/cloud/http.ts'
import { subscription } from '../../src/local/fleets/fleet.ts'
import { type CloudEvent, leftoverEvent } from '../../src/model/announcement.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

const endpoint = 'https://news.westeurope-1.eventgrid.azure.net/api/events'
const topic = {
  id: `/subscriptions/${subscription}/resourceGroups/connector/providers/Microsoft.EventGrid/topics/news`,
  location: 'westeurope',
  properties: { endpoint },
}
const leftover = { id: 'a', place: 'orders/a', kind: 'Secret', product: 'installation', reason: 'its connection is gone' }
const events: readonly CloudEvent[] = [leftoverEvent('orphan.found', 'report', leftover, 0)]
const hook = 'https://hooks.example/connector'

let world: AzureWorld
const received: CloudRequest[] = []
let status = 202
beforeAll(async () => {
  world = await azureWorld({ resources: [topic] })
  world.cloud.serve({
    name: 'hook',
    owns: (hostname) => hostname === 'hooks.example',
    handle: async (request) => {
      received.push(request)
      return { status, headers: { location: 'https://elsewhere.example/' } }
    },
  })
})
afterAll(() => world.close())
/** The app, with tokens of any audience. */
const credential = {
  getToken: async (scopes: string | string[]) => ({
    token: await world.cloud.entra.token({ oid: world.cloud.app.principalId }, String(scopes).replace('/.default', '')),
    expiresOnTimestamp: world.clock.now() + 3_600_000,
  }),
}
const sender = (given: { readonly endpoint: string; readonly audience?: string }) =>
  createEventSender({ ...world.connection(), credential }, given)
const authorizations = () => received.splice(0).map(({ headers }) => headers['authorization'])

it('is refused by a topic on which the app has no role, and nothing of it arrives', async () => {
  expect(await failure(sender({ endpoint })(events))).toMatchObject({ class: 'permission' })
  expect(sentEvents(world.cloud.world)).toEqual([])
})

it('sends no token to an endpoint that names no audience, and one of the audience where it does', async () => {
  await sender({ endpoint: hook })(events)
  expect(received[0]?.headers['content-type']).toMatch(/^application\/cloudevents-batch\+json/)
  expect(JSON.parse(String(received[0]?.body))).toEqual(events)
  expect(authorizations()).toEqual([undefined])

  await sender({ endpoint: hook, audience: 'api://hooks' })(events)
  const [token = ''] = authorizations()
  const { aud } = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()) as { readonly aud?: string }
  expect(aud).toBe('api://hooks')
})

it.each([301, 400, 404, 500])('takes an answer with %i for no delivery, and follows it nowhere', async (refused) => {
  status = refused
  await expect(sender({ endpoint: hook })(events)).rejects.toThrow()
  expect(received.splice(0)).toHaveLength(1)
  status = 202
})
