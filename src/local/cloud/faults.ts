// Fault rules: which requests fail, and how. They come before every service, count what they did, and can be removed.

import type { CloudRequest, CloudResponse, PlannedOperation } from './http.ts'

/**
 * `reset`: the connection breaks before anything happened. `timeout`: no answer for two real seconds, then it breaks (no virtual time passes).
 * `lost-after-effect`: done, but the answer never arrives. `silent-no-op`: answered like a success, nothing done (ARM). `operation`: accepted, but
 * the long-running operation ends like this (ARM).
 */
type FaultAnswer = CloudResponse | { readonly operation: PlannedOperation } | 'reset' | 'timeout' | 'lost-after-effect' | 'silent-no-op'

export type FaultRule = {
  readonly match: {
    /** Name of the service: `arm`, `entra`, `storage`, `kubernetes`; `identity` = the app's managed identity endpoint (answers and `reset` only). */
    readonly service?: string
    readonly method?: string
    /** Against path and query. */
    readonly path?: RegExp
    readonly body?: RegExp
    /** Object id of the caller. */
    readonly principal?: string
    readonly location?: string
  }
  /** How often; for ever if left out. */
  readonly times?: number
  /** So many matching requests pass first. */
  readonly after?: number
  readonly answer: FaultAnswer
}

type Fault = {
  /** Requests that matched, and those that were answered by the rule. */
  readonly matched: number
  readonly hits: number
  remove(): void
}

export type Faults = {
  add(rule: FaultRule): Fault
  clear(): void
}

/** Asked once for every request: the first rule that applies. */
export type FaultRules = Faults & {
  answerFor(service: string, request: CloudRequest, principal: string | undefined): FaultAnswer | undefined
}

export function createFaults(): FaultRules {
  const rules: { readonly rule: FaultRule; matched: number; hits: number; remove(): void }[] = []
  return {
    add(rule) {
      const row = {
        rule,
        matched: 0,
        hits: 0,
        remove() {
          const at = rules.indexOf(row)
          if (at >= 0) rules.splice(at, 1)
        },
      }
      rules.push(row)
      return row
    },
    clear: () => void rules.splice(0),
    answerFor(service, request, principal) {
      for (const row of rules) {
        if (!applies(row.rule.match, service, request, principal)) continue
        row.matched++
        if (row.matched <= (row.rule.after ?? 0) || row.hits >= (row.rule.times ?? Number.POSITIVE_INFINITY)) continue
        row.hits++
        return row.rule.answer
      }
      return undefined
    },
  }
}

function applies(match: FaultRule['match'], service: string, request: CloudRequest, principal: string | undefined): boolean {
  return (
    (match.service === undefined || match.service === service) &&
    (match.method === undefined || match.method === request.method) &&
    (match.path === undefined || found(match.path, request.url.pathname + request.url.search)) &&
    (match.body === undefined || found(match.body, request.body.toString())) &&
    (match.principal === undefined || match.principal === principal) &&
    (match.location === undefined || match.location === request.location)
  )
}

/** Not `test`: a `g` flag would make that remember where it stopped. */
const found = (expression: RegExp, text: string): boolean => text.search(expression) >= 0
