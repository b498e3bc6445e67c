import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseQuery } from '../../../../src/local/cloud/arm/kusto.ts'
import { principals } from '../../../../src/local/cloud/entra/directory.ts'
import { type ArmWorld, armWorld, clusterPath } from './arm-world.ts'

const clusters = "resources | where type =~ 'microsoft.containerservice/managedclusters'"

describe('Resource Graph', () => {
  let world: ArmWorld
  let ada: ReturnType<ArmWorld['as']>
  const other = '9e1d5f30-0000-4000-8000-2b7a6c4d8e00'
  beforeEach(async () => {
    world = await armWorld({
      subscriptions: [
        { id: '5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10', name: 'Mine' },
        { id: other, name: 'Not mine' },
      ],
      clusters: [
        ...['c1', 'c2', 'c3'].map((name) => ({ name, group: 'shop', region: 'westeurope', tags: { 'connect-x': name } })),
        { name: 'hidden', group: 'shop', region: 'westeurope', subscription: other },
      ],
    })
    ada = world.as('ada')
  })
  afterEach(() => world.close())

  it('answers in pages, and leaves out what the caller may not read', async () => {
    const query = `${clusters} | project id, tags | order by id asc`
    const first = await ada.graph.resources({ query, options: { resultFormat: 'objectArray', top: 2 } })
    expect(first).toMatchObject({ totalRecords: 3, count: 2, resultTruncated: 'false' })
    const rest = await ada.graph.resources({ query, options: { resultFormat: 'objectArray', top: 2, skipToken: first.skipToken ?? '' } })
    expect(rest.skipToken).toBeUndefined()
    const rows = [...(first.data as { id: string; tags: object }[]), ...(rest.data as { id: string; tags: object }[])]
    expect(rows.map(({ id }) => id.split('/').at(-1))).toEqual(['c1', 'c2', 'c3'])
    expect(rows[0]?.tags).toEqual({ 'connect-x': 'c1' })
    const unreadable = await world.as('app').graph.resources({ query, subscriptions: [other] })
    expect(unreadable.totalRecords).toBe(0)
  })

  it('cannot go on where the id is not projected', async () => {
    const answer = await ada.graph.resources({ query: `${clusters} | project name`, options: { top: 2 } })
    expect(answer).toMatchObject({ count: 2, resultTruncated: 'true' })
    expect(answer.skipToken).toBeUndefined()
  })

  it('lags behind', async () => {
    const tags = async () =>
      ((await ada.graph.resources({ query: `${clusters} | where name == 'c1' | project id, tags` })).data as { tags: object }[])[0]?.tags
    await ada.send('PATCH', `${clusterPath('c1')}?api-version=2026-06-01`, { tags: { 'connect-x': 'new' } })
    expect(await tags()).toEqual({ 'connect-x': 'c1' })
    await world.clock.pass(46_000)
    expect(await tags()).toEqual({ 'connect-x': 'new' })
  })

  it('shows role assignments in a table of their own, late, and not among the resources', async () => {
    const roles = "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | project id, type"
    const both = `${clusters} and name in~ ('C1', 'none') | project id, type | union (${roles}) | order by id asc`
    const rows = async (query: string) =>
      ((await ada.graph.resources({ query, options: { top: 1000 } })).data as { type: string }[]).filter(({ type }) => /role/i.test(type))
    const before = await rows(roles)
    const made = `${clusterPath('c1')}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`
    const [principal] = [...principals(world.cloud.world).keys()]
    const reader = '/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7'
    const answer = await ada.send('PUT', `${made}?api-version=2022-04-01`, {
      properties: { principalId: principal, roleDefinitionId: reader },
    })
    expect(answer.status).toBe(201)
    expect(await rows(roles)).toEqual(before)
    await world.clock.pass(46_000)
    expect(await rows(roles)).toHaveLength(before.length + 1)
    expect(await rows(both)).toHaveLength(before.length + 1)
    await ada.send('DELETE', `${made}?api-version=2022-04-01`)
    expect(await rows(both)).toHaveLength(before.length + 1)
    await world.clock.pass(46_000)
    expect(await rows(both)).toHaveLength(before.length)
    expect(await rows('resources | project id, type')).toEqual([])
  })

  it('says what it does not understand', async () => {
    for (const query of ['resourcechanges | take 1', `${clusters} | summarize count()`, `${clusters} | where bin(name) == 'x'`]) {
      const refused = await ada.send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', { query })
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining('not simulated')])
    }
  })

  it('has a quota of its own', async () => {
    const ask = () => ada.send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', { query: clusters })
    const answers = []
    for (let n = 0; n < 16; n++) answers.push(await ask())
    expect(answers.map(({ status }) => status)).toEqual([...Array(15).fill(200), 429])
    expect(answers[0]?.headers.get('x-ms-user-quota-remaining')).toBe('14')
  })
})

describe('the query language', () => {
  const rows = [
    { id: '/a', name: 'A', tags: { 'connect-b': 'x', 'connect-a': 'y', other: 'z' }, properties: { state: 'Succeeded', n: { deep: 1 } } },
    { id: '/b', name: 'B', tags: {}, properties: {} },
    { id: '/c', name: 'C' },
  ]
  const run = (query: string) => parseQuery(`resources | ${query}`).run(rows)

  it('filters by words that do and do not regard case', () => {
    expect(run("where name =~ 'a'")).toHaveLength(1)
    expect(run("where name == 'a'")).toHaveLength(0)
    expect(run("where name !~ 'a' and isnotnull(tags)")).toMatchObject([{ id: '/b' }])
    expect(run("where tostring(tags) contains 'CONNECT-' or name == 'C'")).toHaveLength(2)
    expect(run("where not(isnull(tags)) and (name == 'A' or name == 'C')")).toMatchObject([{ id: '/a' }])
    expect(run("where isnotempty(tags['connect-a']) and properties.state =~ 'succeeded'")).toHaveLength(1)
  })

  it('expands tags, makes columns and orders', () => {
    const query =
      "mv-expand bag = tags kind=array | extend k = tostring(bag[0]), v = tostring(bag[1]) | where k startswith 'Connect-' | project id, k, v, n = properties.n.deep | order by id asc, k asc"
    expect(run(query)).toEqual([
      { id: '/a', k: 'connect-a', v: 'y', n: 1 },
      { id: '/a', k: 'connect-b', v: 'x', n: 1 },
    ])
    expect(run('order by name | take 1')).toMatchObject([{ id: '/c' }])
  })
})
