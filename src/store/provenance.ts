// What we made on resources, by what the resource is and not by its id: a moved one has another id, and the ledger under the former id knows nothing of
// the new one. Written before the thing is made, deleted after it was taken back.
import { keyOf } from '../domain/loop.ts'
import type { Provenance } from '../steps/ports.ts'
import { filter, type Table } from './table.ts'

/** A transaction holds 100 writes. */
const atOnce = 100

export function openProvenance(table: Table): Provenance {
  const partitionOf = (resource: string): string => `made-${keyOf(resource)}`
  const rowOf = (resource: string, thing: string) => ({ partitionKey: partitionOf(resource), rowKey: `made:${keyOf(thing)}` })
  return {
    async recall(resource) {
      const things: string[] = []
      for await (const entity of table.query(filter`PartitionKey eq ${partitionOf(resource)}`)) things.push(String(entity['thing']))
      return things
    },
    async remember(resource, things) {
      for (let start = 0; start < things.length; start += atOnce)
        await table.write(things.slice(start, start + atOnce).map((thing) => ({ put: { ...rowOf(resource, thing), thing } })))
    },
    async forget(resource, things) {
      for (const thing of things) await table.remove(rowOf(resource, thing))
    },
  }
}
