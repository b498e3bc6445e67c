// For transports that overwrite what exists and cannot read it: before a first write the API server is asked, if it can be reached. Only its answer that there
// is nothing counts; otherwise a policy decides that allows taking objects over.
import { Failure } from '../errors/failure.ts'
import type { ObservedState } from '../model/managed-object.ts'
import type { Problem } from '../model/problem.ts'
import type { ManagedKubernetesObject, Transport } from '../ports/kubernetes.ts'

/** Reads objects through the API server, if it can be reached. Objects missing from its answer stay unknown. */
export type Peek = (objects: readonly ManagedKubernetesObject[]) => Promise<readonly ObservedState[]>

/** Any error of reading: then nothing is known. */
export const peeking =
  (direct: () => Promise<Transport | Problem>): Peek =>
  async (objects) => {
    try {
      const transport = await direct()
      return 'observe' in transport ? await transport.observe(objects, new Map()) : []
    } catch (error) {
      if (error instanceof Failure) return []
      throw error
    }
  }

/** Does something already exist where the first write would go? `objects`: those that are desired. */
export async function unlessThere(
  observed: readonly ObservedState[],
  objects: readonly ManagedKubernetesObject[],
  peek: Peek,
): Promise<readonly ObservedState[]> {
  const ids = new Set(observed.flatMap(({ id, state }) => (state === 'absent' ? [id] : [])))
  const fresh = objects.filter((object) => ids.has(object.id))
  const there = new Map((fresh.length > 0 ? await peek(fresh) : []).map((one) => [one.id, one.state]))
  return observed.map((one): ObservedState => {
    const state = there.get(one.id)
    if (one.state !== 'absent' || state === 'absent' || !fresh.some(({ id }) => id === one.id)) return one
    const isThere = state === 'same' || state === 'different'
    const difference = isThere
      ? 'it already exists, and not by a request of this app'
      : 'whether it already exists is unknown: the API server cannot be reached, and a request would overwrite it'
    return { id: one.id, state: 'different', mark: 'foreign', difference, asWritten: true }
  })
}
