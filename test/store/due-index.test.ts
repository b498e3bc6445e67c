import { expect, it } from 'vitest'
import { beatOver } from '../bench/beats.ts'

it('costs a beat what is due, and not the fleet', async () => {
  const [small, large] = [await beatOver(10, 3), await beatOver(5_000, 3)]
  expect(small).toEqual({ requests: 4, found: 3 })
  expect(large).toEqual(small)
})

it('finds each loop that is due once, however many there are', async () => {
  expect(await beatOver(300, 300)).toEqual({ requests: 301, found: 300 })
})
