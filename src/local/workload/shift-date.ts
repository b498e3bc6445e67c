// Preloaded into a child process (`--import`) whose parent lives in virtual time: moves its `Date` by SHIFT_DATE_MS, and lets it run on.

const shift = Number(process.env['SHIFT_DATE_MS'] ?? 0)
const Real = globalThis.Date

globalThis.Date = class extends Real {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [Real.now() + shift] : given) as [number]))
  }
  static override now(): number {
    return Real.now() + shift
  }
} as DateConstructor
