// Fresh, empty stores over Azurite for each test, behind the cloud's gate.

import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import type { Installation } from '../../src/model/view.ts'
import type { Store } from '../../src/ports/store.ts'
import { openStore } from '../../src/store/store.ts'
import { openTable, type Table } from '../../src/store/table.ts'
import { storageWorld } from '../local/cloud/storage/world.ts'

const minute = 60_000
const installation: Installation = {
  name: 'main',
  tenant: 't',
  graceMs: 30 * minute,
  massGraceMs: 24 * 60 * minute,
  goneAfterMs: 10 * minute,
  leavingMs: 60 * minute,
}

/** So many instances of the app would open them, on the same table; each may see it in its own way. */
export async function freshStores(
  azurite: AzuriteHandle,
  count: number,
  now: () => number,
  observed: (table: Table, instance: number) => Table = (table) => table,
): Promise<readonly Store[]> {
  const world = await storageWorld(azurite)
  world.given.rights.add('Microsoft.Storage/storageAccounts/tableServices/*')
  return Array.from({ length: count }, (_, instance) => openStore(observed(openTable(world.tables()), instance), installation, now))
}

export async function freshStore(azurite: AzuriteHandle, now: () => number): Promise<Store> {
  const [store] = await freshStores(azurite, 1, now)
  if (!store) throw new TypeError('One store was asked for')
  return store
}
