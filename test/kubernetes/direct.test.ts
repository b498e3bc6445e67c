import { afterAll, beforeAll, describe } from 'vitest'
import { transportBehaviours } from './behaviours.ts'
import { type Behind, behindProxy } from './reached.ts'

describe('transport direct, to a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  transportBehaviours(() => behind)
})
