// Mistakes in this app's own code. They must never look like a fault elsewhere: a TypeError in here is neither a private cluster nor an outage of
// Azure.
//
// Messages of such errors quote values (`Cannot create property 'x' on string '…'`, `Unexpected token …`), which may be secrets: neither people nor
// the log get them. The log gets the kind of error and its stack without that line.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Failure } from './failure.ts'

export type Mistake = { readonly kind: string; readonly doing: string; readonly stack: readonly string[] }

const kinds: ReadonlySet<string> = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'AssertionError',
  'ZodError',
])
const listener = new AsyncLocalStorage<(mistake: Mistake) => void>()
const reported = new WeakSet<object>()
let count = 0

/** Since the app started: a metric. */
export const mistakesSoFar = (): number => count

/** Reports mistakes made while `work` runs, including those that become a problem on the way. */
export const reportingMistakes = <T>(report: (mistake: Mistake) => void, work: () => Promise<T>): Promise<T> => listener.run(report, work)

type Thrown = { readonly name: string; readonly stack?: unknown; readonly cause?: unknown }

/** undici throws a TypeError for network failures, with the network's own error as its cause. */
export function isOwnMistake(error: unknown): error is Thrown {
  if (typeof error !== 'object' || error === null || error instanceof Failure) return false
  const { name, cause } = error as { readonly name?: unknown; readonly cause?: unknown }
  const isOfNetwork = typeof cause === 'object' && cause !== null && 'code' in cause
  return typeof name === 'string' && kinds.has(name) && !isOfNetwork
}

/** The `Failure` that stands for it. It is reported and counted once, however often this is called. */
export function ownMistake(error: Thrown, doing: string): Failure {
  const kind = error.name
  if (!reported.has(error)) {
    reported.add(error)
    count++
    listener.getStore()?.({ kind, doing, stack: framesOf(error) })
  }
  return new Failure({ class: 'transient', code: 'InternalError', about: { doing, kind } })
}

const most = 12

/** The places in the code, without the message before them. */
export const framesOf = ({ stack }: { readonly stack?: unknown }): readonly string[] =>
  typeof stack === 'string'
    ? stack
        .split('\n')
        .flatMap((line) => (/^\s+at /.test(line) ? [line.trim()] : []))
        .slice(0, most)
    : []
