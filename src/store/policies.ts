// Policies: one partition, a row each. All who ask for the list at the same time share one read.

import * as z from 'zod'
import { canonical } from '../model/canonical.ts'
import { connectRuleSchema } from '../model/connect-rule.ts'
import { defined } from '../model/defined.ts'
import { allowSchema, type Policy } from '../model/policy.ts'
import type { Store } from '../ports/store.ts'
import { type Entity, pack, unpack } from './entity.ts'
import { policyPartition } from './rows.ts'
import { gatherMs, sharedRead } from './shared-read.ts'
import { filter, type Table } from './table.ts'

/** What the app itself notes beside what its author wrote. */
type Beside = Pick<Policy, 'found' | 'beyond' | 'withdrawsMany' | 'ended' | 'from'>
const besideOf = ({ found, beyond, withdrawsMany, ended, from }: Policy): Beside => defined({ found, beyond, withdrawsMany, ended, from })

/** `wrote` is called after each write. */
type PolicyStore = Pick<Store, 'policies' | 'policy' | 'putPolicy' | 'deletePolicy' | 'settlePolicy'>
export function policyStore(table: Table, wrote: () => void): PolicyStore {
  const readPolicy = (entity: Entity): Policy => {
    const connect = unpack(entity, 'connect')
    return {
      name: String(entity['policyName']),
      allow: allowSchema.parse(unpack(entity, 'allow')),
      // A rule that is not understood is not a rule that is gone: it would withdraw what it connects.
      ...(connect === undefined ? {} : { connect: z.array(connectRuleSchema).parse(connect) }),
      ...unpack<Beside>(entity, 'beside'),
    }
  }
  const entityOf = (next: Policy): Entity => ({
    partitionKey: policyPartition,
    rowKey: next.name.toLowerCase(),
    policyName: next.name,
    ...pack('allow', next.allow),
    ...(next.connect ? pack('connect', next.connect) : {}),
    ...pack('beside', besideOf(next)),
  })
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
      await table.write([{ put: entityOf(next) }]).finally(wrote)
      return before ? 'replaced' : 'created'
    },
    async deletePolicy(name) {
      const entity = await table.get(policyPartition, name.toLowerCase())
      if (!entity) return false
      await table.remove({ ...entity, etag: '*' }).finally(wrote)
      return true
    },
    async settlePolicy(before, next) {
      const entity = await table.get(policyPartition, before.name.toLowerCase())
      if (!entity?.etag || canonical(readPolicy(entity)) !== canonical(before)) return false
      const write = next ? table.write([{ replace: entityOf(next), etag: entity.etag }]) : table.remove(entity)
      return (await write.finally(wrote)) !== 'conflict'
    },
  }
}
