// Calls an orchestrator function with its history and reads its answer; in strict mode twice, and both must ask for the same.

import type { RegisteredFunction } from '../functions-core.ts'
import type { Invoke } from '../invocation.ts'
import { metadataValue } from '../rpc-values.ts'
import { type OrchestratorState, parseState } from './actions.ts'
import { customStatusOf } from './custom-status.ts'
import { asError } from './failure.ts'
import { eventType, type HistoryEvent } from './history.ts'
import { readWholeJson } from './json-net.ts'
import type { Instance } from './store.ts'
import { type RawActions, reusedTask } from './strict.ts'

/** A failed orchestrator function puts its state behind this mark in the text of its error. */
const mark = '$OutOfProcData$:'

type Answer = { readonly json: string; readonly raw: RawActions | undefined; readonly threw: boolean }

const inputOf = (name: string, input: string | null): unknown => {
  try {
    return input === null ? null : readWholeJson(input)
  } catch (cause) {
    const text = `One or more errors occurred. (Exception while executing function: Functions.${name})`
    throw new Error(`Orchestrator function '${name}' failed: ${text}`, { cause })
  }
}

const given = (instance: Instance, history: readonly HistoryEvent[]) => {
  const start = history.find((event) => event.EventType === eventType.executionStarted)
  return {
    history,
    input: inputOf(instance.name, start?.Input ?? null),
    instanceId: instance.id,
    isReplaying: start?.IsPlayed ?? false,
    parentInstanceId: null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  }
}

const call = async (invoke: Invoke, target: RegisteredFunction, instance: Instance, history: readonly HistoryEvent[]): Promise<Answer> => {
  const binding = Object.keys(target.metadata.bindings)[0] ?? ''
  const data = given(instance, history)
  const string = JSON.stringify(data)
  const { history: _history, parentInstanceId: _parent, input, ...rest } = data
  const shown = { ...(input === null || Array.isArray(input) ? {} : { input }), ...rest }
  const triggerMetadata = {
    [binding]: { string },
    ...Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, metadataValue(value)])),
  }
  try {
    const { returnValue, result } = await invoke(target, { inputs: { [binding]: { string } }, triggerMetadata })
    return { json: returnValue?.json ?? 'null', raw: (result as { actions?: RawActions } | undefined)?.actions, threw: false }
  } catch (thrown) {
    const { message } = asError(thrown)
    const at = message.indexOf(mark)
    if (at < 0) throw new Error(`Orchestrator function '${instance.name}' failed: ${message}`, { cause: thrown })
    return { json: message.slice(at + mark.length), raw: undefined, threw: true }
  }
}

export type OrchestratorCalls = {
  readonly invoke: Invoke
  /** Set in strict mode: gets every broken rule. */
  readonly violated: ((rule: string) => Error) | undefined
}

export const callOrchestrator = async (
  { invoke, violated }: OrchestratorCalls,
  target: RegisteredFunction,
  instance: Instance,
  history: readonly HistoryEvent[],
): Promise<OrchestratorState> => {
  const answer = await call(invoke, target, instance, history)
  const state = parseState(answer.json)
  if (violated === undefined) return state
  const again = await call(invoke, target, instance, history)
  if (again.json !== answer.json)
    throw violated(`two runs on the same history asked for different things: ${answer.json} and then ${again.json}`)
  if (answer.threw && !state.error) throw violated('the orchestrator threw something without a message; a real host would wait for ever')
  const status = customStatusOf(instance.name, state)
  if ('failed' in status) throw violated(status.failed)
  const reused = reusedTask(answer.raw ?? [])
  if (reused !== undefined) throw violated(reused)
  return state
}
