// Policies: one partition, a row each. All who ask for the list at the same time share one read.

import { canonical } from '../model/canonical.ts'
import { allowSchema, type Policy } from '../model/policy.ts'
import type { Store } from '../ports/store.ts'
import { type Entity, pack, unpack } from './entity.ts'
import { policyPartition } from './rows.ts'
import { gatherMs, sharedRead } from './shared-read.ts'
import { filter, type Table } from './table.ts'

/** `wrote` is called after each write. */
type PolicyStore = Pick<Store, 'policies' | 'policy' | 'putPolicy' | 'deletePolicy'>
export function policyStore(table: Table, wrote: () => void): PolicyStore {
  const readPolicy = (entity: Entity): Policy => ({ name: String(entity['policyName']), allow: allowSchema.parse(unpack(entity, 'allow')) })
  const policy = async (name: string): Promise<Policy | undefined> => {
    const entity = await table.get(policyPartition, name.toLowerCase())
    return entity && readPolicy(entity)
  }
  const all = sharedRead(async (partition: string): Promise<readonly Policy[]> => {
    const policies: Policy[] = []
    for await (const entity of table.query(filter`PartitionKey eq ${partition}`)) policies.push(readPolicy(entity))
    return policies
  }, gatherMs)
  return {
    policy,
    policies: () => all(policyPartition),
    async putPolicy(next) {
      const before = await policy(next.name)
      if (before && canonical(before) === canonical(next)) return 'unchanged'
      const entity = {
        partitionKey: policyPartition,
        rowKey: next.name.toLowerCase(),
        policyName: next.name,
        ...pack('allow', next.allow),
      }
      await table.write([{ put: entity }]).finally(wrote)
      return before ? 'replaced' : 'created'
    },
    async deletePolicy(name) {
      const entity = await table.get(policyPartition, name.toLowerCase())
      if (!entity) return false
      await table.remove({ ...entity, etag: '*' }).finally(wrote)
      return true
    },
  }
}
