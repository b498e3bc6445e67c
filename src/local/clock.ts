// One clock for the embedded host and the simulated cloud. Real for demo and `npm start`, virtual in tests.
//
// Surprising: the virtual clock replaces `Date` for the whole process, so that SDK token caches, the product and the cloud agree, and it jumps to the
// next timer only when nothing is busy. Work (an HTTP request being served, an activity running) holds `busy()`; nothing that a busy caller waits for
// may itself wait for this clock.

export type Cancel = () => void

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs once, at `time` or as soon after as possible. */
  at(time: number, run: () => void): Cancel
  /** Holds virtual time still until the answer is called (calling it twice is harmless). `doing`: for the error, should it never be called. */
  busy(doing: string): Cancel
}

/** setTimeout cannot wait longer than this. */
const longest = 2 ** 31 - 1
/** In real milliseconds: nothing that holds time lasts longer, however much of it there is in a row. */
const patience = 80_000

export const realClock: Clock = {
  now: () => Date.now(),
  at(time, run) {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const left = time - Date.now()
      timer = left > longest ? setTimeout(arm, longest) : setTimeout(run, Math.max(0, left))
    }
    arm()
    return () => clearTimeout(timer)
  },
  busy: () => () => {},
}

const Real = globalThis.Date
/** A story that ran out of its time may end while the next one runs: each takes away only what is its own. */
const installed: DateConstructor[] = []

type Hold = { readonly doing: string; readonly since: number }
type Timer = { readonly time: number; readonly order: number; readonly run: () => void }

export class VirtualClock implements Clock {
  #now: number
  #order = 0
  #whenFree: (() => void)[] = []
  readonly #held = new Set<Hold>()
  readonly #timers = new Set<Timer>()

  readonly #patience: number

  constructor(start = Date.parse('2026-03-02T08:00:00Z'), patienceMs = patience) {
    this.#now = start
    this.#patience = patienceMs
  }

  now(): number {
    return this.#now
  }

  at(time: number, run: () => void): Cancel {
    const timer = { time: Math.ceil(time), order: this.#order++, run } // `Date` knows whole milliseconds only
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  busy(doing: string): Cancel {
    const hold = { doing, since: performance.now() }
    this.#held.add(hold)
    return () => {
      if (!this.#held.delete(hold) || this.#held.size > 0) return
      for (const go of this.#whenFree.splice(0)) go()
    }
  }

  /** Makes `Date` follow this clock in the whole process, until the result is called: then it follows what was installed before, if that still is. */
  install(): Cancel {
    const date = this.#date()
    installed.push(date)
    globalThis.Date = date
    return () => {
      const at = installed.indexOf(date)
      if (at >= 0) installed.splice(at, 1)
      globalThis.Date = installed.at(-1) ?? Real
    }
  }

  #date(): DateConstructor {
    const now = () => this.#now
    return class extends Real {
      constructor(...given: unknown[]) {
        super(...((given.length === 0 ? [now()] : given) as [number]))
      }
      static override now(): number {
        return now()
      }
      /** Dates made before this was installed are dates, too: libraries ask `instanceof`. */
      static override [Symbol.hasInstance](value: unknown): boolean {
        return value instanceof Real
      }
    } as DateConstructor
  }

  /** True when nothing is busy over a few turns of the event loop: only time can make something happen. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((turn) => setImmediate(turn))
      if (this.#held.size === 0) continue
      await this.#free()
      quiet = -1
    }
  }

  /** Until nothing is busy. Throws where something has been for too long. */
  #free(): Promise<void> {
    return new Promise((free, failed) => {
      const check = setInterval(() => {
        const stuck = [...this.#held].filter(({ since }) => performance.now() - since > this.#patience)
        if (stuck.length === 0) return
        clearInterval(check)
        failed(new Error(`For ${this.#patience / 1000} s of real time this was under way: ${stuck.map(({ doing }) => doing).join(', ')}`))
      }, this.#patience / 4)
      this.#whenFree.push(() => {
        clearInterval(check)
        free()
      })
    })
  }

  /**
   * Lets time pass, timer by timer, until `condition` holds.
   * @param within longest virtual time in milliseconds; passing it throws, and the text says what was waited for.
   */
  async until(what: string, condition: () => boolean | Promise<boolean>, within = 24 * 3_600_000): Promise<void> {
    const end = this.#now + within
    for (;;) {
      await this.idle()
      if (await condition()) return
      await this.idle()
      const next = this.#next()
      if (next === undefined || next.time > end) throw new Error(`Waited ${within / 1000} s of virtual time in vain for: ${what}`)
      this.#fire(next)
    }
  }

  /** Lets `ms` of virtual time pass, with everything that falls due in it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await this.idle()
      const next = this.#next()
      if (next === undefined || next.time > end) break
      this.#fire(next)
    }
    this.#now = end
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers)
      if (first === undefined || timer.time < first.time || (timer.time === first.time && timer.order < first.order)) first = timer
    return first
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.time)
    timer.run()
  }
}
