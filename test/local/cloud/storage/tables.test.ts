import { odata, RestError, TableTransaction } from '@azure/data-tables'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../../../azurite.ts'
import { storageWorld } from './world.ts'

let azurite: AzuriteHandle
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())

async function setup() {
  const all = await storageWorld(azurite)
  all.given.rights.add('Microsoft.Storage/storageAccounts/tableServices/*')
  await all.tables().createTable()
  return all
}

const refusal = async (work: Promise<unknown>): Promise<{ status: number | undefined; code: string | undefined }> => {
  try {
    await work
  } catch (error) {
    if (error instanceof RestError) {
      const details = error.details as { odataError?: { code?: string } } | undefined
      return { status: error.statusCode, code: details?.odataError?.code ?? error.code }
    }
    throw error
  }
  throw new Error('nothing was refused')
}

it('keeps an entity with its types', async () => {
  const { tables } = await setup()
  const table = tables()
  const when = new Date('2026-03-02T08:00:00Z')
  await table.createEntity({
    partitionKey: 'p',
    rowKey: "it's odd €",
    text: 'ä "quoted" €',
    flag: true,
    count: 7,
    big: { value: '9007199254740993', type: 'Int64' },
    when,
  })
  const found = await table.getEntity('p', "it's odd €")
  expect(found).toMatchObject({ text: 'ä "quoted" €', flag: true, count: 7, big: 9007199254740993n, when })
  expect(found.etag).toMatch(/^W\/"datetime'/)
})

it('inserts only what is not there', async () => {
  const { tables } = await setup()
  await tables().createEntity({ partitionKey: 'p', rowKey: 'r' })
  expect(await refusal(tables().createEntity({ partitionKey: 'p', rowKey: 'r' }))).toEqual({ status: 409, code: 'EntityAlreadyExists' })
})

it('writes and deletes with the ETag that was read, and with no other', async () => {
  const { tables } = await setup()
  const table = tables()
  const first = await table.createEntity({ partitionKey: 'p', rowKey: 'r', n: 1 })
  const second = await table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 2 }, 'Replace', { etag: first.etag ?? '' })
  expect(second.etag).not.toBe(first.etag)
  const stale = { etag: first.etag ?? '' }
  expect(await refusal(table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 3 }, 'Replace', stale))).toEqual({
    status: 412,
    code: 'UpdateConditionNotSatisfied',
  })
  expect(await refusal(table.updateEntity({ partitionKey: 'p', rowKey: 'r', n: 3 }, 'Merge', stale))).toMatchObject({ status: 412 })
  expect(await refusal(table.deleteEntity('p', 'r', stale))).toMatchObject({ status: 412 })
  expect(await table.getEntity('p', 'r')).toMatchObject({ n: 2 })
  await table.deleteEntity('p', 'r', { etag: second.etag ?? '' })
  expect(await refusal(table.getEntity('p', 'r'))).toEqual({ status: 404, code: 'ResourceNotFound' })
})

it('gives every write an ETag of its own, however fast they follow', async () => {
  const { tables } = await setup()
  const table = tables()
  const etags = new Set<string | undefined>()
  for (let n = 0; n < 50; n++) etags.add((await table.upsertEntity({ partitionKey: 'p', rowKey: 'r', n }, 'Replace')).etag)
  expect(etags.size).toBe(50)
})

it('carries out a transaction whole, or not at all', async () => {
  const { tables } = await setup()
  const table = tables()
  const many = new TableTransaction()
  for (let n = 0; n < 100; n++)
    many.createEntity({ partitionKey: 'p', rowKey: String(n).padStart(3, '0'), url: 'https://shop.table.core.windows.net/x' })
  const done = await table.submitTransaction(many.actions)
  expect(done.status).toBe(202)
  expect(done.subResponses).toHaveLength(100)
  expect(done.subResponses[0]?.etag).toBe((await table.getEntity('p', '000')).etag)

  const mixed = new TableTransaction()
  mixed.updateEntity({ partitionKey: 'p', rowKey: '000', n: 1 }, 'Merge', { etag: done.subResponses[0]?.etag ?? '' })
  mixed.deleteEntity('p', '001')
  mixed.createEntity({ partitionKey: 'p', rowKey: '002' })
  expect(await refusal(table.submitTransaction(mixed.actions))).toEqual({ status: 409, code: 'EntityAlreadyExists' })
  expect((await table.getEntity('p', '000'))['n']).toBeUndefined()
  expect(await table.getEntity('p', '001')).toBeTruthy()

  const late = new TableTransaction()
  late.updateEntity({ partitionKey: 'p', rowKey: '003', n: 1 }, 'Replace', { etag: `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"` })
  late.upsertEntity({ partitionKey: 'p', rowKey: 'new' })
  expect(await refusal(table.submitTransaction(late.actions))).toEqual({ status: 412, code: 'UpdateConditionNotSatisfied' })
  expect(await refusal(table.getEntity('p', 'new'))).toMatchObject({ status: 404 })
})

it('scans with a filter, over pages', async () => {
  const { tables } = await setup()
  const table = tables()
  for (let part = 0; part < 25; part++) {
    const rows = new TableTransaction()
    for (let n = 0; n < 100; n++)
      rows.createEntity({
        partitionKey: `p${part}`,
        rowKey: String(n).padStart(3, '0'),
        dueAt: part * 100 + n,
        kind: n % 2 ? 'odd' : 'even',
      })
    await table.submitTransaction(rows.actions)
  }
  const sizes: number[] = []
  let rows = 0
  const filter = odata`kind eq 'odd' and dueAt le 2400`
  for await (const page of table
    .listEntities({ queryOptions: { filter, select: ['partitionKey', 'rowKey', 'dueAt'] } })
    .byPage({ maxPageSize: 500 })) {
    sizes.push(page.length)
    rows += page.length
    for (const row of page) expect(row['kind']).toBeUndefined()
  }
  expect(rows).toBe(1200)
  expect(sizes.length).toBeGreaterThan(1)
  const one = []
  for await (const row of table.listEntities({
    queryOptions: { filter: odata`PartitionKey eq 'p3' and RowKey ge '090' and RowKey lt '095'` },
  }))
    one.push(row.rowKey)
  expect(one).toEqual(['090', '091', '092', '093', '094'])
})

it('says that a table exists already, and lists tables', async () => {
  const { tables, tableService } = await setup()
  await tables().createTable()
  const names: (string | undefined)[] = []
  for await (const each of tableService().listTables()) names.push(each.name)
  expect(names).toEqual(['desired'])
})

it('demands the right of each kind of operation on its table', async () => {
  const { tables, given } = await setup()
  const table = tables()
  await table.createEntity({ partitionKey: 'p', rowKey: 'r' })
  const entities = 'Microsoft.Storage/storageAccounts/tableServices/tables/entities'
  given.rights = new Set([`${entities}/read`])
  expect(await table.getEntity('p', 'r')).toBeTruthy()
  const mismatch = { status: 403, code: 'AuthorizationPermissionMismatch' }
  expect(await refusal(table.upsertEntity({ partitionKey: 'p', rowKey: 'r' }))).toEqual(mismatch)
  expect(await refusal(table.deleteEntity('p', 'r'))).toEqual(mismatch)
  expect(await refusal(table.createTable())).toEqual(mismatch)
  const both = new TableTransaction()
  both.upsertEntity({ partitionKey: 'p', rowKey: 'r' })
  both.deleteEntity('p', 'x')
  given.rights.add(`${entities}/write`)
  expect(await refusal(table.submitTransaction(both.actions))).toEqual(mismatch)
  given.rights.add(`${entities}/delete`)
  expect(await refusal(table.submitTransaction(both.actions))).toMatchObject({ status: 404 })
  expect(given.asked).toContain(`${entities}/read /tableServices/default/tables/desired`)
})

it('lets nothing hide in a transaction, however it is written', async () => {
  const { tables, service, given, token } = await setup()
  await tables().createEntity({ partitionKey: 'p', rowKey: 'r' })
  given.rights = new Set(['.*/entities/read', '.*/entities/write'])
  const bearer = (await token().getToken('x'))?.token
  const part = (line: string): string =>
    `--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${line} HTTP/1.1\r\nIf-Match: *\r\n\r\n\r\n`
  for (const url of [
    'http://shop.table.core.windows.net/desired',
    'http://127.0.0.1/pool0000/desired',
    '  https://shop.table.core.windows.net/desired',
  ]) {
    const body = `--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n${part(`DELETE ${url}(PartitionKey='p',RowKey='r')`)}--changeset_1--\r\n--batch_1--\r\n`
    const answer = await service.handle({
      method: 'POST',
      url: new URL('https://shop.table.core.windows.net/$batch'),
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'multipart/mixed; boundary=batch_1', accept: 'application/json' },
      body: Buffer.from(body),
      location: 'internet',
    })
    expect(answer).toMatchObject({ status: 403, headers: { 'x-ms-error-code': 'AuthorizationPermissionMismatch' } })
  }
  expect(await tables().getEntity('p', 'r')).toBeTruthy()
})

it('takes the account key, as long as it is the current one', async () => {
  const { tablesByKey, given } = await setup()
  await tablesByKey().upsertEntity({ partitionKey: 'p', rowKey: 'r', n: 1 })
  const old = given.accounts.get('shop')
  if (old) given.accounts.set('shop', { ...old, keys: [Buffer.from('rotated').toString('base64')] })
  expect(await refusal(tablesByKey().getEntity('p', 'r'))).toEqual({ status: 403, code: 'AuthenticationFailed' })
  if (old) given.accounts.set('shop', { ...old, allowSharedKeyAccess: false })
  expect(await refusal(tablesByKey().getEntity('p', 'r'))).toEqual({ status: 403, code: 'KeyBasedAuthenticationNotPermitted' })
})

it('keeps worlds apart that share one Azurite, and an account apart from its predecessor of the same name', async () => {
  const one = await setup()
  const other = await setup()
  await one.tables().createEntity({ partitionKey: 'p', rowKey: 'r' })
  expect(await refusal(other.tables().getEntity('p', 'r'))).toMatchObject({ status: 404 })
  const old = one.given.accounts.get('shop')
  if (old) one.given.accounts.set('shop', { ...old, createdAt: 2 })
  expect(await refusal(one.tables().getEntity('p', 'r'))).toEqual({ status: 404, code: 'TableNotFound' })
})
