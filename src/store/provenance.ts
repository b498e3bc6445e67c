// What the app made on resources, by the identity of the resource and not by its id: a moved one has another id, and the ledger under the old id does
// not apply to the new one. Written before the object is created, deleted after it was deleted.
import { keyOf } from '../model/loop.ts'
import type { Provenance } from '../ports/ports.ts'
import { filter, type Table } from './table.ts'

/** A transaction holds 100 writes. */
const atOnce = 100

export function openProvenance(table: Table): Provenance {
  const partitionOf = (resource: string): string => `made-${keyOf(resource)}`
  const rowOf = (resource: string, object: string) => ({ partitionKey: partitionOf(resource), rowKey: `made:${keyOf(object)}` })
  return {
    async recall(resource) {
      const objects: string[] = []
      for await (const entity of table.query(filter`PartitionKey eq ${partitionOf(resource)}`)) objects.push(String(entity['object']))
      return objects
    },
    async *resources() {
      let last: unknown
      for await (const { resource } of table.query(filter`PartitionKey ge ${'made-'} and PartitionKey lt ${'made.'}`)) {
        if (typeof resource === 'string' && resource !== last) yield resource
        last = resource
      }
    },
    async remember(resource, objects) {
      for (let start = 0; start < objects.length; start += atOnce)
        await table.write(objects.slice(start, start + atOnce).map((object) => ({ put: { ...rowOf(resource, object), object, resource } })))
    },
    async forget(resource, objects) {
      for (const object of objects) await table.remove(rowOf(resource, object))
    },
  }
}
