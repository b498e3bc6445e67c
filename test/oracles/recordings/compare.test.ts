import { describe, expect, it } from 'vitest'
import { compare } from './compare.ts'
import type { Exchange } from './exchange.ts'

const subscription = '/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10'
const widget = `${subscription}/resourceGroups/shop/providers/Contoso.Things/widgets/one`
const poll = (form: string): string => `https://management.azure.com${subscription}/providers/Contoso.Things/locations/${form}`
const operation = '4f60c1a5-3d7e-4f60-9a81-2c6d4e8f9a10'

/** As one recorded it: a widget that is being made. */
const put: Exchange = {
  method: 'PUT',
  path: `${widget}?api-version=2024-01-01`,
  status: 201,
  headers: { 'azure-asyncoperation': `${poll(`westus/operations/${operation}`)}?api-version=2024-01-01` },
  body: { id: widget, type: 'Contoso.Things/widgets', properties: { provisioningState: 'Creating', size: 3, owner: null, tags: {} } },
}
const get: Exchange = { ...put, method: 'GET', status: 200, headers: {}, body: { id: widget, properties: { parts: [{ name: 'a' }] } } }
const remove: Exchange = { ...put, method: 'DELETE', status: 202, headers: {}, body: null }

const differences = (recorded: Exchange, answered: Exchange): readonly string[] =>
  compare([recorded], [answered]).kinds.flatMap((one) => one.differences.map(({ what }) => what))
const withProperties = (properties: object): Exchange => ({ ...put, body: { ...(put.body as object), properties } })
const { properties } = put.body as { readonly properties: object }

describe('an answer that differs from a recording', () => {
  it('is none where names, times and counts differ only', () => {
    const other = widget.replace('shop', 'store').replace('one', 'two')
    const headers = { 'azure-asyncoperation': put.headers['azure-asyncoperation']?.replace(operation, subscription.slice(-36)) ?? '' }
    const body = { id: other, type: 'Contoso.Things/widgets', properties: { ...properties, size: 7 } }
    expect(differences(put, { ...put, path: `${other}?api-version=2024-01-01`, headers, body })).toEqual([])
  })

  it.each<[string, Exchange, Exchange, readonly string[]]>([
    ['another status', put, { ...put, status: 200 }, ['status 200: recorded 201', 'status 201: only recorded']],
    ['an empty body for null', remove, { ...remove, body: '' }, ['202 body: empty; recorded null']],
    ['no poll address', put, { ...put, headers: {} }, ['201 header azure-asyncoperation: only recorded']],
    ['a Location that was not there', get, { ...get, headers: { location: widget } }, ['200 header location: never recorded']],
    [
      'a poll address of another form',
      put,
      { ...put, headers: { 'azure-asyncoperation': `${poll(`WESTUS/operations/${operation}`)}?api-version=2020-01-01` } },
      [
        `201 header azure-asyncoperation: ${poll('{REGION}/operations/{guid}').replace(/[0-9a-f-]{36}/, '{guid}')}?api-version=2020-01-01; recorded ${poll('{region}/operations/{guid}').replace(/[0-9a-f-]{36}/, '{guid}')}?api-version={requested}`,
      ],
    ],
    [
      'an id that is spelled otherwise',
      get,
      { ...get, body: { ...(get.body as object), id: widget.replace('resourceGroups', 'resourcegroups') } },
      [
        '200 .id: /subscriptions/{guid}/resourcegroups/{name}/providers/Contoso.Things/widgets/{name}; recorded /subscriptions/{guid}/resourceGroups/{name}/providers/Contoso.Things/widgets/{name}',
      ],
    ],
    [
      'another state',
      put,
      withProperties({ ...properties, provisioningState: 'Accepted' }),
      ['201 .properties.provisioningState: Accepted; recorded Creating'],
    ],
    ['another type', put, withProperties({ ...properties, size: '3' }), ['201 .properties.size: string; recorded number']],
    ['a property that was never recorded', put, withProperties({ ...properties, colour: 1 }), ['201 .properties.colour: never recorded']],
    [
      'a property that is missing',
      put,
      withProperties({ provisioningState: 'Creating', owner: null, tags: {} }),
      ['201 .properties.size: only recorded'],
    ],
    ['an object that is missing, once', get, { ...get, body: { id: widget } }, ['200 .properties: only recorded']],
  ])('is told: %s', (_, recorded, answered, lines) => {
    expect(differences(recorded, answered)).toEqual(lines)
  })

  it('is none where only null was recorded, or a list is empty, or keys are data', () => {
    expect([
      ...differences(put, withProperties({ ...properties, owner: 'ada', tags: { a: 'b' } })),
      ...differences(get, { ...get, body: { id: widget, properties: { parts: [] } } }),
    ]).toEqual([])
  })
})

describe('kinds of requests', () => {
  it('that one side has alone are listed, not compared', () => {
    const { kinds, onlyRecorded, onlyAnswered } = compare([put, get], [get, remove])
    expect({ kinds: kinds.map(({ kind }) => kind), onlyRecorded, onlyAnswered }).toEqual({
      kinds: ['GET contoso.things/widgets'],
      onlyRecorded: ['PUT contoso.things/widgets'],
      onlyAnswered: ['DELETE contoso.things/widgets'],
    })
  })
})
