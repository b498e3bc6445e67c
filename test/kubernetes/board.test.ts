import { afterAll, beforeAll, describe } from 'vitest'
import { boardBehaviours } from './board-behaviours.ts'
import { type Behind, behindProxy } from './reached.ts'

describe('status board of a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  boardBehaviours(() => behind)
})
