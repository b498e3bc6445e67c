import { afterAll, beforeAll, describe } from 'vitest'
import { type Behind, behindProxy } from './reached.ts'
import { publisherBehaviours } from './status-publisher-behaviours.ts'

describe('status publisher of a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  publisherBehaviours(() => behind)
})
