import fc from 'fast-check'
import { expect, it } from 'vitest'
import { early } from '../../src/contract/next.ts'
import { loop } from '../../src/model/loop.ts'
import { dueIndex } from '../../src/store/due-index.ts'
import { loopRows } from '../../src/store/loop-rows.ts'
import { beatOver, countingTable } from '../bench/beats.ts'

const minute = 60_000

it('costs a beat what is due, and not the fleet', async () => {
  const [small, large] = [await beatOver(10, 3), await beatOver(5_000, 3)]
  expect(small).toEqual({ requests: 4, found: 3 })
  expect(large).toEqual(small)
})

it('finds each loop that is due once, however many there are', async () => {
  expect(await beatOver(300, 300)).toEqual({ requests: 301, found: 300 })
})

const put = fc.record({ after: fc.integer({ min: 1, max: 18 }), by: fc.constantFrom(0, 1), dueIn: fc.integer({ min: 0, max: 40 }) })

it('finds a loop at each beat while it is due, wherever it was put off to and by whichever instance', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(put, { minLength: 1, maxLength: 8 }), async (puts) => {
      // Nothing is written in the very moment of a beat.
      let now = 1_000 * minute + 5_000
      const { table } = countingTable()
      const instances = [0, 1].map(() => {
        const index = dueIndex(table, () => now)
        return { index, rows: loopRows(table, index, () => now) }
      })
      const its = loop('cluster', '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c')
      let dueAt = Number.POSITIVE_INFINITY
      const passUntil = async (end: number): Promise<void> => {
        for (; now < end; now += 5_000) {
          if (now % minute !== 0) continue
          const beating = instances[(now / minute) % 2]
          const found: number[] = []
          if (beating) for await (const row of beating.index.due(now, beating.rows)) found.push(row.dueAt)
          expect(found).toEqual(dueAt <= now + early ? [dueAt] : [])
        }
      }
      for (const { after, by, dueIn } of puts) {
        await passUntil(now + after * 10_000)
        const { rows } = instances[by] ?? {}
        const before = await rows?.read(its)
        dueAt = now + dueIn * 15_000
        await rows?.write({ ...(before ?? { loop: its, createdAt: now, auditAt: now, resync: 0, removing: false }), dueAt })
      }
      await passUntil(now + 15 * minute)
    }),
    { numRuns: 40, endOnFailure: true },
  )
})
