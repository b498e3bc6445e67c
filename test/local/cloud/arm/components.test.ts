import { afterEach, beforeEach, expect, it } from 'vitest'
import { unknownMisfits } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath, subscription } from './arm-world.ts'

const path = (name: string): string => `${groupPath('shop')}/providers/Microsoft.Insights/components/${name}`
const version = '?api-version=2020-02-02'

let world: ArmWorld
beforeEach(async () => {
  world = await armWorld({ resources: [{ id: path('traces'), location: 'westeurope', applicationType: 'other' }] })
})
afterEach(() => world.close())
const ask = (method: string, at: string, body?: object) => world.as('ada').send(method, at + version, body)

it('is what a fleet says in a few words, as Azure answers it', async () => {
  const { status, body } = await ask('GET', path('traces'))
  expect(body).toMatchObject({
    id: path('traces').replace('Microsoft.Insights', 'microsoft.insights'),
    properties: { Application_Type: 'other', TenantId: subscription },
  })
  expect(unknownMisfits({ method: 'GET', path: path('traces') + version, requestBody: '', status, body })).toEqual([])
})

it('is made, changed, listed and deleted', async () => {
  const made = await ask('PUT', path('more'), { location: 'westeurope', kind: 'web', properties: { Application_Type: 'web' } })
  const changed = await ask('PUT', path('more'), { location: 'westeurope', kind: 'web', properties: { RetentionInDays: 60 } })
  expect([made.status, changed.status, changed.body]).toMatchObject([
    200,
    200,
    {
      properties: {
        Application_Type: 'web',
        RetentionInDays: 60,
        InstrumentationKey: (made.body['properties'] as never)['InstrumentationKey'],
      },
    },
  ])
  const listed = (await ask('GET', path('more').replace(/\/more$/, ''))).body['value'] as unknown as readonly { readonly name: string }[]
  expect(listed.map(({ name }) => name)).toEqual(['traces', 'more'])
  const gone = [await ask('DELETE', path('more')), await ask('DELETE', path('more')), await ask('GET', path('more'))]
  expect(gone.map(({ status }) => status)).toEqual([200, 204, 404])
})

it('belongs to a provider that is registered because it is simulated', async () => {
  const provider = `/subscriptions/${subscription}/providers/Microsoft.Insights?api-version=2021-04-01`
  expect((await world.as('ada').send('GET', provider)).body).toMatchObject({ registrationState: 'Registered' })
})
