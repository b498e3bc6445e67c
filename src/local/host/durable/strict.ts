// Rules that a real host does not check, or only by hanging in silence. A broken one fails the instance and names itself.
//
// The rules come from known faults of durable-functions 3.5.0; see the README of this folder.

import { type Action, actionType, type OrchestratorState } from './actions.ts'
import type { Replayed } from './replay.ts'

const limits = { idLength: 100, payloadBytes: 60 * 1024 }

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

/** Every action, with those inside lists. */
const each = (actions: readonly Action[]): Action[] =>
  actions.flatMap((action) => ('compoundActions' in action ? each(action.compoundActions) : [action]))

const inputOf = (action: Action): [what: string, value: unknown] | undefined => {
  if ('functionName' in action) return [`the input of ${action.functionName}`, action.input]
  return action.actionType === actionType.continueAsNew ? ['the input of continueAsNew', action.input] : undefined
}

/** What is wrong with an episode, judged by what was asked for and what came of it. */
export const brokenRule = (state: OrchestratorState, replayed: Replayed, isActivity: (name: string) => boolean): string | undefined => {
  const all = each(state.actions)
  const unknown = all.flatMap((action) => ('functionName' in action ? [action.functionName] : [])).find((name) => !isActivity(name))
  if (unknown !== undefined) return `no activity is named '${unknown}'; a real host would hang without a word (durable-js #197)`
  if (replayed.heldUpByTimers) return 'a timer is still open at the end: cancel it, or it holds up completion and continueAsNew'
  for (const [what, value] of [...all.map(inputOf).filter((found) => found !== undefined), ['the output', state.output] as const]) {
    const long = tooLong(what, JSON.stringify(value))
    if (long !== undefined) return long
  }
  return undefined
}
