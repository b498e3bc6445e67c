// A fresh, empty store over Azurite for each test, behind the cloud's gate.
import type { Rules } from '../../src/domain/view.ts'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import type { Store } from '../../src/steps/store.ts'
import { openStore } from '../../src/store/store.ts'
import { openTable } from '../../src/store/table.ts'
import { storageWorld } from '../local/cloud/storage/world.ts'

const minute = 60_000
const rules: Rules = {
  installation: 'main',
  tenant: 't',
  graceMs: 30 * minute,
  massGraceMs: 24 * 60 * minute,
  goneAfterMs: 10 * minute,
  leavingMs: 60 * minute,
}

export async function freshStore(azurite: AzuriteHandle, now: () => number): Promise<Store> {
  const world = await storageWorld(azurite)
  world.given.rights.add('Microsoft.Storage/storageAccounts/tableServices/*')
  return openStore(openTable(world.tables()), rules, now)
}
