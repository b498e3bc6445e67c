// Turns observations into one list: each missing item once, with the connections that it blocks, in program order. Pure.

import { concernIn } from '../contract/concern.ts'
import { concerning, reportOf } from '../contract/failures.ts'
import { kindOf, problemOf } from '../errors/catalogue.ts'
import type { Connection } from '../model/connection.ts'
import { loopsOf } from '../model/connection.ts'
import type { ClusterFacts } from '../model/facts.ts'
import { loopKinds, sameLoop } from '../model/loop.ts'
import type { Change, Need } from '../model/managed-object.ts'
import type { PreflightIssue } from '../model/preflight-report.ts'
import { type Concern, concerns, type Problem } from '../model/problem.ts'
import type { StepName } from '../model/step-name.ts'
import { nameOf } from '../model/words.ts'
import { program } from '../steps/program.ts'
import type { MissingRight } from './found.ts'
import type { StepObservation } from './observe.ts'

/** `allowed`: connections that are members of their loops, because a policy allows them. */
export function entriesOf(
  observations: readonly StepObservation[],
  rights: readonly MissingRight[],
  connections: readonly Connection[],
  allowed: readonly Connection[],
): readonly PreflightIssue[] {
  const denied = rights.filter(({ action }) => action !== undefined && !action.toLowerCase().endsWith('/read'))
  const fromObservations = observations.flatMap((observation) => {
    const isTag = observation.step.name === 'read-declarations'
    return ofObservation(observation, isTag ? connections : concernedBy(observation, connections, allowed), denied)
  })
  const all = [
    ...fromObservations,
    ...rights.map(({ step, connections: names, problem, right }) => ({
      ...preflightIssueOf(problem, step, names),
      ...(right ? { right } : {}),
    })),
  ]
  const order = (issue: PreflightIssue): number =>
    loopKinds.indexOf(issue.loop) * program.length + program.findIndex(({ name }) => name === issue.step)
  return once(all).sort((a, b) => order(a) - order(b))
}

export const concernedBy = (
  { loop }: Pick<StepObservation, 'loop'>,
  connections: readonly Connection[],
  allowed: readonly Connection[],
): readonly Connection[] =>
  loop.kind === 'connection'
    ? connections.filter(({ key }) => key === loop.key)
    : allowed.filter((one) => loopsOf(one).some((other) => sameLoop(other, loop)))

/** Joining and declaring are the app's own bookkeeping. */
export const bookkeeping: readonly StepName[] = ['check-consent', 'read-declarations']

function ofObservation(
  observation: StepObservation,
  concerned: readonly Connection[],
  denied: readonly MissingRight[],
): readonly PreflightIssue[] {
  const { step, view, mode, gate } = observation
  // An invalid tag belongs to no known connection.
  const isConcerned = (one: Concern): boolean => step.name === 'read-declarations' || concerned.some(({ key }) => concerns(one, key))
  const namesOf = (one: Concern): readonly string[] => {
    if (one.of === undefined && step.name === 'read-declarations') return []
    return concerned.filter(({ key }) => concerns(one, key)).map(({ name }) => name)
  }
  const isRelevant = concerned.length > 0 && !bookkeeping.includes(step.name)
  const due = isRelevant ? observation.due.filter(({ object }) => isConcerned(object)) : []
  const lacksRight = denied.some((one) => one.step === step.name && one.connections.some((name) => namesOf({}).includes(name)))
  const problems = [
    ...observation.problems.filter(isConcerned),
    ...(due.length > 0 && mode === 'report' ? [reportOf(step, due, view, mode)] : []),
    ...(due.length > 0 && mode === 'apply' && lacksRight ? [byHandInstead(observation, due)] : []),
    ...(due.length > 0 && gate ? [{ ...gated(observation, gate), ...concerning(due, concernIn(step, view)) }] : []),
  ]
  return problems.map((problem) => preflightIssueOf(problem, step.name, namesOf(problem)))
}

/** If the right is not granted, a person can make the change. */
function byHandInstead({ step, view }: StepObservation, due: readonly Change[]): Problem {
  const changes = due.map(({ action, object }) => `${action} ${object.summary}`).join(', ')
  const commands = step.byHand?.(due, view)
  return {
    ...problemOf({ code: 'ReportOnly', about: { step: step.name, changes } }),
    ...(commands ? { commands } : {}),
    ...concerning(due, concernIn(step, view)),
  }
}

function gated({ loop, view }: StepObservation, gate: Need): Problem {
  const { running, state = 'not read yet' } = view.facts as Partial<ClusterFacts>
  const code = running === false ? 'ClusterStopped' : 'ClusterBusy'
  return { ...problemOf({ code, about: { cluster: nameOf(loop), id: loop.id, state } }), text: sentence(gate.text) }
}
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

function preflightIssueOf(
  { of: _, users: __, ...problem }: Problem,
  step: PreflightIssue['step'],
  connections: readonly string[],
): PreflightIssue {
  const loop = program.find(({ name }) => name === step)?.loop ?? 'cluster'
  return { connections, loop, step, kind: kindOf(problem.code), ...problem }
}

/** Observing and comparing can report the same missing right, and so can several steps; its purpose follows the comma. */
function once(all: readonly PreflightIssue[]): PreflightIssue[] {
  const byWhat = new Map<string, PreflightIssue>()
  for (const issue of all) {
    const text = issue.code === 'RightMissing' ? issue.text.split(', which it needs')[0] : issue.text
    const what = `${issue.code} ${text}`.toLowerCase()
    const before = byWhat.get(what)
    byWhat.set(what, before ? { ...before, connections: [...new Set([...before.connections, ...issue.connections])] } : issue)
  }
  return [...byWhat.values()]
}
