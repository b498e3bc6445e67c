import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { loop } from '../../src/model/loop.ts'
import { azuriteOfRun } from '../azurite.ts'
import { aConnection } from '../model/a-connection.ts'
import { freshStores } from './fresh-store.ts'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop'
const cluster = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/web`)
const target = loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/stdata`)
const connection = loop('connection', `${cluster.id}/providers/Microsoft.ServiceLinker/linkers/orders`)
const input = aConnection({ name: 'orders', cluster, target, auth: 'secret' })

let azurite: AzuriteHandle
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())

it('joins a loop in one transaction and an entry of the index, and joins it in full in one more', async () => {
  let requests = 0
  const [store] = await freshStores(
    azurite,
    1,
    () => 1_000_000,
    (table) => ({
      ...table,
      get(...of) {
        requests++
        return table.get(...of)
      },
      write(writes) {
        requests++
        return table.write(writes)
      },
    }),
  )
  await store?.read(target)
  await store?.join({ ...input, generation: 1 }, target, 'reading')
  expect(requests).toBe(2)
  await store?.join({ ...input, generation: 1 }, target)
  expect(requests).toBe(3)
})

it('takes nothing back by what one instance knew before another one wrote', async () => {
  const [one, other] = await freshStores(azurite, 2, () => 1_000_000)
  await one?.join({ ...input, generation: 1 }, target)
  const joined = await other?.join({ ...input, generation: 2 }, target)
  expect(joined?.membership).toEqual({ generation: 2, leaving: false })
  const late = await one?.join({ ...input, generation: 1 }, target)
  expect(late).toEqual({ wake: false, membership: { generation: 2, leaving: false } })
  expect(await other?.membership(connection, target)).toEqual({ generation: 2, leaving: false })
})

it('joins again after another instance has let the member go', async () => {
  const [one, other] = await freshStores(azurite, 2, () => 1_000_000)
  await one?.join({ ...input, generation: 1 }, target)
  await other?.leave(connection, target)
  const [member] = (await other?.read(target))?.members ?? []
  if (member) await other?.removeMember(target, member)
  expect(await other?.membership(connection, target)).toBeUndefined()
  const again = await one?.join({ ...input, generation: 1 }, target)
  expect(again?.membership).toEqual({ generation: 1, leaving: false })
  expect((await other?.read(target))?.members).toHaveLength(1)
})
