import { beforeAll, describe } from 'vitest'
import { behaviours } from './behaviours.ts'
import { type Simulated, simulated } from './target.ts'

describe('the simulated API server', () => {
  let target: Simulated
  beforeAll(async () => {
    target = await simulated()
  })
  behaviours(() => target)
})
