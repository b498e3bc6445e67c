// What becomes of messages of a Storage queue, whatever the function does with them; and how often an empty queue is asked.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/local/clock.ts'
import type { RegisteredFunction } from '../../../src/local/host/functions-core.ts'
import { pollDelays } from '../../../src/local/host/queues/poll-delay.ts'
import type { Queue, QueuedMessage } from '../../../src/local/host/queues/queue.ts'
import { makeQueueTriggers } from '../../../src/local/host/queues/queue-triggers.ts'
import { readSettings } from '../../../src/local/host/settings.ts'
import { trackWork } from '../../../src/local/host/work.ts'
import { testApp } from './running-host.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const defaults = readSettings(testApp).queues

/** A queue in virtual time: what is hidden is seen again later, and an old receipt is good for nothing. */
function fakeQueue(clock: VirtualClock, texts: readonly string[]) {
  type Row = { text: string; seenAt: number; dequeueCount: number; receipt: number }
  const rows = new Map<string, Row>(texts.map((text, at) => [`${at}`, { text, seenAt: 0, dequeueCount: 0, receipt: 0 }]))
  const poison: string[] = []
  let asked = 0
  const rowOf = ({ id, popReceipt }: QueuedMessage): Row => {
    const row = rows.get(id)
    if (!row || String(row.receipt) !== popReceipt) throw new Error('MessageNotFound')
    return row
  }
  const seen = (id: string, row: Row): QueuedMessage => {
    const date = new Date(clock.now())
    const { text, dequeueCount } = row
    return { id, text, dequeueCount, popReceipt: String(row.receipt), insertedOn: date, expiresOn: date, nextVisibleOn: date }
  }
  const queue: Queue = {
    async receive(most, hiddenMs) {
      asked++
      const free = [...rows].filter(([, { seenAt }]) => seenAt <= clock.now()).slice(0, most)
      return free.map(([id, row]) => {
        Object.assign(row, { seenAt: clock.now() + hiddenMs, dequeueCount: row.dequeueCount + 1, receipt: row.receipt + 1 })
        return seen(id, row)
      })
    },
    async hide(message, hiddenMs) {
      const row = rowOf(message)
      Object.assign(row, { seenAt: clock.now() + hiddenMs, receipt: row.receipt + 1 })
      return seen(message.id, row)
    },
    async remove(message) {
      rowOf(message)
      rows.delete(message.id)
    },
    async copyToPoison({ text }) {
      poison.push(text)
    },
  }
  return { queue, poison, left: () => [...rows.values()].map(({ text }) => text), asked: () => asked }
}

async function withTrigger(
  texts: readonly string[],
  run: (text: string, times: number, clock: VirtualClock) => Promise<void>,
  settings: Partial<typeof defaults> = {},
) {
  const clock = new VirtualClock()
  const fake = fakeQueue(clock, texts)
  const runs: string[] = []
  const errors: unknown[] = []
  const target = {
    metadata: { name: 'drain', bindings: { message: { type: 'queueTrigger', direction: 'in', queueName: 'q', connection: 'Store' } } },
    handler: () => undefined,
  } satisfies RegisteredFunction
  const triggers = makeQueueTriggers({
    functions: new Map([['drain', target]]),
    settings: { ...defaults, ...settings },
    clock,
    work: trackWork(clock),
    async invoke(_target, { inputs }) {
      const text = inputs['message']?.string ?? ''
      runs.push(text)
      await run(text, runs.filter((one) => one === text).length, clock)
      return { result: undefined }
    },
    extraInputs: () => ({}),
    counted: () => undefined,
    failed: (_what, error) => errors.push(error),
    open: async (name, connection) => {
      expect([name, connection]).toEqual(['q', 'Store'])
      return fake.queue
    },
  })
  await triggers.start()
  return { ...fake, clock, runs, errors, triggers }
}

describe('a message of a queue', () => {
  it('is run until it succeeds, at most five times, and then is in the poison queue: each exactly once, and none is left', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 40 }), async (failures) => {
        const failing = new Map(failures.map((times, at) => [`message ${at}`, times]))
        const { clock, runs, poison, left } = await withTrigger([...failing.keys()].map(base64), async (text, times) => {
          if (times <= (failing.get(text) ?? 0)) throw new Error('not yet')
        })
        await clock.pass(10 * 60_000)
        for (const [text, times] of failing) {
          expect(runs.filter((one) => one === text)).toHaveLength(Math.min(times + 1, 5))
          expect(poison.filter((one) => one === base64(text))).toHaveLength(times >= 5 ? 1 : 0)
        }
        expect(left()).toEqual([])
      }),
      { numRuns: 30 },
    ))

  it('that is no Base64 is in the poison queue without a run, and one of an app without encoding is run as it is', async () => {
    const encoded = await withTrigger(['{"plain":1}', base64('x')], async () => undefined)
    await encoded.clock.pass(60_000)
    expect([encoded.runs, encoded.poison, encoded.left()]).toEqual([['x'], ['{"plain":1}'], []])
    const plain = await withTrigger(['{"plain":1}'], async () => undefined, { encoding: 'none' })
    await plain.clock.pass(60_000)
    expect([plain.runs, plain.poison]).toEqual([['{"plain":1}'], []])
  })

  it('waits as long as host.json says before it is run again', async () => {
    const at: number[] = []
    const failOnce = async (_text: string, times: number, clock: VirtualClock): Promise<void> => {
      at.push(clock.now())
      if (times === 1) throw new Error('not yet')
    }
    const { clock } = await withTrigger([base64('x')], failOnce, { retryAfterMs: 5 * 60_000 })
    await clock.pass(10 * 60_000)
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(5 * 60_000)
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeLessThanOrEqual(6 * 60_000)
  })

  it('is not asked for any more once the host stops', async () => {
    const { clock, triggers, asked } = await withTrigger([], async () => undefined)
    await clock.pass(60_000)
    triggers.stop()
    const before = asked()
    await clock.pass(3_600_000)
    expect(asked()).toBe(before)
  })
})

describe('an empty queue', () => {
  it('is asked less and less often, up to the longest interval, and at once again after a message', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 100, max: 60_000 }), (random, longest) => {
        const delays = pollDelays(longest, () => random)
        const waits = Array.from({ length: 30 }, () => delays.next(false))
        expect(waits).toEqual(waits.toSorted((one, other) => one - other))
        expect(waits.at(-1)).toBe(longest)
        expect(delays.next(true)).toBe(100)
      }),
    ))

  it('costs at most 80 requests an hour', async () => {
    const { clock, asked } = await withTrigger([], async () => undefined)
    await clock.pass(3_600_000)
    expect(asked()).toBeGreaterThanOrEqual(60)
    expect(asked()).toBeLessThanOrEqual(80)
  })
})
