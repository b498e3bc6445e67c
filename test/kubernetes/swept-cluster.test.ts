import { afterAll, beforeAll, describe } from 'vitest'
import { sweptCluster } from '../../src/kubernetes/swept-cluster.ts'
import { cluster } from './behaviours.ts'
import { type Behind, behindProxy } from './reached.ts'
import { sweptBehaviours } from './swept-cluster-behaviours.ts'

describe('in a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  sweptBehaviours(
    () => behind,
    async (as, of) => sweptCluster(behind.client(as), cluster, of),
  )
})
