// The inputs that make a step due when they change: its desired objects, and, if it deletes any, whether its turn has come.

import { type AnyStep, digestOf, type Modes } from '../contract/digest.ts'
import type { View } from '../model/view.ts'
import { inTheWay } from './removal.ts'

export function inputsOf(step: AnyStep, view: View, modes: Modes): string {
  const isLeaving = view.self ? view.removing : view.members.length === 0
  const isBlocked = isLeaving && view.tracked(step.name).length > 0 && inTheWay(step, view).length > 0
  return `${digestOf(step, view, modes)}${isBlocked ? ' later' : ''}`
}
