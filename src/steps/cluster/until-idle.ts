// The gate of every step that changes the cluster itself: AKS carries out one operation at a time, and refuses all of them while it is stopped.
import type { Need } from '../../model/managed-object.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'

/** `isOurs`: a change by the app may have failed. */
export function untilIdle(view: View<'cluster'>, isOurs = false): Need | undefined {
  const { running, busy, state } = view.facts
  const cluster = nameOf(view.loop)
  if (running === false) {
    const text = `waiting until cluster ${cluster} is started: a stopped cluster refuses every change`
    return { of: [view.loop], text, nextRunAt: view.now + 15 * minute, manual: true }
  }
  if (state === 'Succeeded' && !busy) return undefined
  if ((state === 'Failed' || state === 'Canceled') && !busy) {
    // AKS does not repair a failed operation, but another update does (https://github.com/Azure/AKS/issues/1972); if it was the app's, the app sends
    // it.
    if (isOurs) return undefined
    const text = `waiting until cluster ${cluster} is Succeeded and idle: it is ${state}, and stays so until it is updated once more (az aks update)`
    return { of: [view.loop], text, nextRunAt: view.now + 5 * minute, manual: true }
  }
  const now = state === 'Succeeded' ? 'a node pool of it is being changed' : `it is ${state ?? 'not read yet'}`
  return { of: [view.loop], text: `waiting until cluster ${cluster} is Succeeded and idle: ${now}`, nextRunAt: view.now + minute }
}
