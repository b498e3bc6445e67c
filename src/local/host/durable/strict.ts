// Rules that a real host does not check, or only by hanging in silence. A broken one fails the instance and names itself.
//
// The rules come from known faults of durable-functions 3.5.0; see the README of this folder.

import type { Action, OrchestratorState } from './actions.ts'
import type { Replayed } from './replay.ts'

export const limits = { idLength: 100, payloadBytes: 60 * 1024 }

/** The actions as the orchestrator function returned them: the same object twice is the same task used twice. */
export type RawActions = readonly (readonly RawAction[])[]
type RawAction = { readonly functionName?: string; readonly externalEventName?: string; readonly compoundActions?: readonly RawAction[] }

const flat = (actions: readonly RawAction[]): RawAction[] =>
  actions.flatMap((action) => (action.compoundActions === undefined ? [action] : flat(action.compoundActions)))

export const reusedTask = (raw: RawActions): string | undefined => {
  const seen = new Set<RawAction>()
  for (const action of flat(raw.flat())) {
    if (seen.has(action))
      return `a task (${action.functionName ?? action.externalEventName ?? 'a timer'}) is part of two lists, which starts it twice (durable-js #574)`
    seen.add(action)
  }
  return undefined
}

export const tooLong = (what: string, json: string | null | undefined): string | undefined => {
  const bytes = Buffer.byteLength(json ?? '')
  return bytes <= limits.payloadBytes ? undefined : `${what} has ${Math.ceil(bytes / 1024)} KB, more than ${limits.payloadBytes / 1024} KB`
}

export const badInstanceId = (id: string): string | undefined => {
  if (id.length > limits.idLength) return `the instance id '${id.slice(0, 20)}…' has ${id.length} characters, more than ${limits.idLength}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/^@|[/\\#?\u0000-\u001f\u007f-\u009f]/.test(id))
    return `the instance id '${id}' begins with @ or has one of / \\ # ? or a control character`
  return undefined
}

const names = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => {
    if (action.actionType === 0 || action.actionType === 1) return [action.functionName]
    return action.actionType === 11 || action.actionType === 12 ? names(action.compoundActions) : []
  })

const inputs = (actions: readonly Action[]): [string, unknown][] =>
  actions.flatMap((action): [string, unknown][] => {
    if (action.actionType === 0 || action.actionType === 1) return [[`the input of ${action.functionName}`, action.input]]
    if (action.actionType === 4) return [['the input of continueAsNew', action.input]]
    return action.actionType === 11 || action.actionType === 12 ? inputs(action.compoundActions) : []
  })

/** What is wrong with an episode, judged by what was asked for and what came of it. */
export const brokenRule = (state: OrchestratorState, replayed: Replayed, isActivity: (name: string) => boolean): string | undefined => {
  const unknown = names(state.actions).find((name) => !isActivity(name))
  if (unknown !== undefined) return `no activity is named '${unknown}'; a real host would hang without a word (durable-js #197)`
  if (replayed.heldUpByTimers) return 'a timer is still open at the end: cancel it, or it holds up completion and continueAsNew'
  for (const [what, value] of [...inputs(state.actions), ['the output', state.output] as const]) {
    const long = tooLong(what, JSON.stringify(value))
    if (long !== undefined) return long
  }
  return undefined
}
