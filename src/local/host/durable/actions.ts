// What an orchestrator function answers: the list of everything it has asked for so far (replay schema V3 of durable-functions).

import { z } from 'zod'
import { withoutTypeHints } from '../rpc-values.ts'

export const actionType = {
  callActivity: 0,
  callActivityWithRetry: 1,
  continueAsNew: 4,
  createTimer: 5,
  waitForExternalEvent: 6,
  whenAny: 11,
  whenAll: 12,
} as const

/** Left out on purpose: an orchestrator that asks for one of these fails, and the text names it. */
const leftOut: Readonly<Record<number, string>> = {
  2: 'a sub-orchestration (callSubOrchestrator)',
  3: 'a sub-orchestration with retries (callSubOrchestratorWithRetry)',
  7: 'an entity (callEntity)',
  8: 'an HTTP call (callHttp)',
  9: 'an entity (signalEntity)',
  10: 'an entity (signalEntity)',
  13: 'entity locks (lock)',
  14: 'entity locks (lock)',
}

export type RetryOptions = {
  readonly firstRetryIntervalInMilliseconds: number
  readonly maxNumberOfAttempts: number
  readonly backoffCoefficient?: number | undefined
  readonly maxRetryIntervalInMilliseconds?: number | undefined
  readonly retryTimeoutInMilliseconds?: number | undefined
}

export type Action =
  | { readonly actionType: 0; readonly functionName: string; readonly input?: unknown }
  | { readonly actionType: 1; readonly functionName: string; readonly input?: unknown; readonly retryOptions: RetryOptions }
  | { readonly actionType: 4; readonly input?: unknown }
  | { readonly actionType: 5; readonly fireAt: string; readonly isCanceled: boolean }
  | { readonly actionType: 6; readonly externalEventName: string }
  | { readonly actionType: 11 | 12; readonly compoundActions: readonly Action[] }

export type OrchestratorState = {
  readonly isDone: boolean
  readonly actions: readonly Action[]
  readonly output: unknown
  readonly error: string | undefined
  readonly customStatus: unknown
}

const action: z.ZodType<Action> = z.lazy(() =>
  z.union(
    [
      z.object({ actionType: z.literal(0), functionName: z.string(), input: z.unknown().optional() }),
      z.object({
        actionType: z.literal(1),
        functionName: z.string(),
        input: z.unknown().optional(),
        retryOptions: z.object({
          firstRetryIntervalInMilliseconds: z.number(),
          maxNumberOfAttempts: z.number(),
          backoffCoefficient: z.number().optional(),
          maxRetryIntervalInMilliseconds: z.number().optional(),
          retryTimeoutInMilliseconds: z.number().optional(),
        }),
      }),
      z.object({ actionType: z.literal(4), input: z.unknown().optional() }),
      z.object({ actionType: z.literal(5), fireAt: z.string(), isCanceled: z.boolean() }),
      z.object({ actionType: z.literal(6), externalEventName: z.string() }),
      z.object({ actionType: z.union([z.literal(11), z.literal(12)]), compoundActions: z.array(action) }),
    ],
    { error: (issue) => leftOutText(issue.input) },
  ),
)

const leftOutText = (input: unknown): string => {
  const type = (input as { actionType?: number } | null)?.actionType
  const what = type === undefined ? undefined : leftOut[type]
  return what === undefined
    ? `The orchestrator asked for something that this host does not know: ${JSON.stringify(input)}`
    : `The orchestrator asked for ${what}, which the embedded host leaves out on purpose`
}

const state = z.object({
  isDone: z.boolean(),
  actions: z.array(z.array(action)).max(1),
  output: z.unknown().optional(),
  error: z.string().optional(),
  customStatus: z.unknown().optional(),
})

export const parseState = (json: string): OrchestratorState => {
  const parsed = state.safeParse(withoutTypeHints(JSON.parse(json)))
  if (!parsed.success) throw new Error(parsed.error.issues[0]?.message ?? 'The orchestrator function answered nothing usable')
  const { isDone, actions, output, error, customStatus } = parsed.data
  return { isDone, actions: actions[0] ?? [], output, error, customStatus }
}
