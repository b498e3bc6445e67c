import { afterAll, beforeAll, describe } from 'vitest'
import { publisherBehaviours } from './board-behaviours.ts'
import { type Behind, behindProxy } from './reached.ts'

describe('status board of a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  publisherBehaviours(() => behind)
})
