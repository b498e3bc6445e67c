// Identities that no policy can allow: the app's own, and those of every cluster that the app has read. They are taken from the clusters' own rows,
// all together and at most once a minute; only connections with a provided identity need them.
import type { Guarded } from '../model/guarded.ts'
import type { Store } from '../ports/store.ts'
import { readStep, stepKey } from './rows.ts'
import { filter, type Table } from './table.ts'

const retentionMs = 60_000

export function guardedStore(table: Table, ownIdentities: () => Promise<readonly string[]>, now: () => number): Store['guarded'] {
  let known: { readonly at: number; readonly guarded: Promise<Guarded> } | undefined

  async function read(): Promise<Guarded> {
    const systemIdentities = new Map<string, string>()
    for await (const entity of table.query(filter`RowKey eq ${stepKey('read-cluster')}`)) {
      const ids = readStep(entity).facts['systemIdentities']
      for (const id of Array.isArray(ids) ? ids : []) systemIdentities.set(String(id).toLowerCase(), entity.partitionKey)
    }
    return { ownIdentities: await ownIdentities(), systemIdentities }
  }

  return async () => {
    if (known && Math.abs(now() - known.at) < retentionMs) return await known.guarded
    const fresh = { at: now(), guarded: read() }
    known = fresh
    return await fresh.guarded.catch((error: unknown) => {
      if (known === fresh) known = undefined
      throw error
    })
  }
}
