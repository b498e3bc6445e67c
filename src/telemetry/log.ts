// The only place that logs: a line is one JSON object, so that any tool can filter by connection, cluster, step or problem code. The Functions host
// forwards it to Application Insights or an OpenTelemetry endpoint. It is redacted here as a second line of defence.

import { framesOf, isOwnMistake, reportingMistakes } from '../errors/own-mistake.ts'
import { redact } from '../errors/redact.ts'
import type { Loop } from '../model/loop.ts'
import { isGood, type Outcome } from '../model/outcome.ts'
import type { Attempted } from '../ports/observer.ts'

export type Line = { readonly event: string; readonly [field: string]: unknown }
/** An `InvocationContext` of @azure/functions is one. */
export type Logger = Record<'log' | 'warn' | 'error', (text: string) => void>
export type Level = keyof Logger

const most = 20
const cut = (text: string): string => (text.length > 500 ? `${text.slice(0, 499)}…` : text)

export function say(logger: Logger, level: Level, line: Line): void {
  logger[level](redact(JSON.stringify(line)))
}

/** An error as fields of a line. */
export const errorFields = (error: unknown): { readonly error: string } => ({
  error: isOwnMistake(error) ? [error.name, ...framesOf(error)].join('\n') : cut(String(error)),
})

/** For an unexpected error the place in the code is worth knowing; for a mistake of this code, only that. */
export const stackFields = (error: unknown): { readonly error: string } =>
  isOwnMistake(error) || !(error instanceof Error) ? errorFields(error) : { error: error.stack ?? error.message }

/** Logs mistakes of this app's code that are made while `work` runs. */
export const loggingMistakes = <T>(logger: Logger, work: () => Promise<T>): Promise<T> =>
  reportingMistakes(({ kind, doing, stack }) => say(logger, 'error', { event: 'own mistake', kind, doing, stack: stack.join('\n') }), work)

/** A wake is a hint: its reason is stored first, and the heartbeat makes up for lost ones. */
export function notWoken(logger: Logger, loop: Loop, error: unknown): void {
  say(logger, 'warn', { event: 'not woken', ...loopFields(loop), ...errorFields(error), text: 'The heartbeat will wake it.' })
}

/** What a loop is about. The last segment of an id is its name; a connection's id begins with its cluster's. */
export function loopFields({ kind, id }: Loop): Readonly<Record<string, string>> {
  const [, cluster] = /\/managedClusters\/([^/]+)/i.exec(id) ?? []
  const name = id.slice(id.lastIndexOf('/') + 1)
  return { loop: kind, id, ...(cluster === undefined ? {} : { cluster }), ...(kind === 'connection' ? { connection: name } : {}) }
}

/** Only changes are worth a line: a change was made, or the outcome differs from the previous one. A loop that only resyncs logs nothing. */
export function outcomeLine({
  step,
  loop,
  connections,
  before,
  after,
}: Attempted): { readonly level: Level; readonly line: Line } | undefined {
  const { outcome, attempts } = after
  if (outcome.kind !== 'changed' && before && sameEvent(before.outcome, outcome)) return undefined
  const names = [...new Set(connections.map(({ name }) => name))]
  const clusters = [...new Set(connections.map(({ cluster }) => nameOf(cluster.id)))]
  const codes = [...new Set(outcome.problems.map(({ code }) => code))]
  const [first] = outcome.problems
  const line: Line = {
    event: 'step',
    ...(loop.kind === 'connection' || names.length === 0 ? {} : { connections: names.slice(0, most) }),
    ...(clusters.length === 1 ? { cluster: clusters[0] } : clusters.length > 1 ? { clusters: clusters.slice(0, most) } : {}),
    ...loopFields(loop),
    step,
    outcome: outcome.kind,
    ...(before ? { was: before.outcome.kind } : {}),
    ...(attempts > 1 ? { attempts } : {}),
    ...(codes.length > 0 ? { problems: codes } : {}),
    ...(first ? { text: cut(first.text) } : {}),
    ...(outcome.waits.length > 0 ? { waits: outcome.waits.slice(0, most).map((need) => cut(need.text)) } : {}),
    ...(outcome.changed.length > 0 ? { changed: outcome.changed.slice(0, most).map(cut) } : {}),
    ...(outcome.operation ? { operation: outcome.operation.what } : {}),
  }
  return { level: graves.has(outcome.kind) ? 'warn' : 'log', line }
}

const graves: ReadonlySet<Outcome['kind']> = new Set(['blocked', 'failed', 'reported', 'unknown'])
const nameOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

function sameEvent(before: Outcome, now: Outcome): boolean {
  const signature = (outcome: Outcome): string =>
    JSON.stringify([isGood(outcome) ? 'good' : outcome.kind, [...new Set(outcome.problems.map(({ code }) => code))].sort()])
  return signature(before) === signature(now)
}
