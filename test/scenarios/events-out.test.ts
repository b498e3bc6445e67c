// What becomes of a connection is told to a topic of Event Grid: at least once, also where the topic does not answer for a while.
import { expect, it } from 'vitest'
import { sentEvents } from '../../src/local/cloud/event-grid-topics.ts'
import { connectorRoles, subscription } from '../../src/local/fleets/fleet.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const endpoint = 'https://news.westeurope-1.eventgrid.azure.net/api/events'
const topic = {
  id: `/subscriptions/${subscription}/resourceGroups/connector/providers/Microsoft.EventGrid/topics/news`,
  location: 'westeurope',
  properties: { endpoint, inputSchema: 'CloudEventSchemaV1_0' },
}
const linker = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos`

it('tells that a connection is ready, blocked, repaired and removed, and catches up where no one listened', async () => {
  const story = await scenario({
    settings: { CONNECTOR_EVENTS_ENDPOINT: endpoint },
    fleet: {
      resources: [topic],
      app: {
        name: 'connector',
        group: 'connector',
        region: 'westeurope',
        keyVault: 'connectorkeys',
        roles: [...connectorRoles('connectorstate'), { role: 'EventGrid Data Sender', on: 'subscription' }],
      },
    },
  })
  const told = () => sentEvents(story.cloud.world).map(({ event }) => event)
  const types = () => told().map(({ type }) => String(type).replace('service-connector.connection.', ''))
  const fault = story.cloud.faults.add({ match: { service: 'event-grid' }, times: 2, answer: { status: 503 } })

  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  await story.until('it to be refused twice', () => fault.hits === 2)
  expect(types()).toEqual([])
  await story.clock.pass(5 * minute)
  expect(types()).toEqual(['ready'])

  await story.call('ada', 'DELETE', '/policies/all')
  await story.until('it to be told', () => types().includes('blocked'), 90 * minute)
  await story.putPolicy()
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(6 * minute)
  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(6 * minute)

  expect(types()).toEqual(['ready', 'blocked', 'repaired', 'removed'])
  expect(new Set(told().map(({ id }) => id)).size).toBe(4)
  for (const event of told()) expect(event).toMatchObject({ source: idOfCluster('c1'), subject: linker })
  expect(told()[1]).toMatchObject({ data: { namespace: 'orders', targetType: 'storage-blob', problem: { code: 'ConsentWithdrawn' } } })
  expect(JSON.stringify(told())).not.toMatch(/ada|AccountKey/)
})
