// The credentials of a cluster are read once for all that need them at a time: the connections of a new cluster come together, and the provider allows
// one read a second in a subscription. Where a turn to read them is reserved already, all wait for that turn.
import { Failure } from '../errors/failure.ts'

type Read<T> = (clusterId: string) => Promise<T>

export function oneForAll<T>(read: Read<T>, now: () => number): Read<T> {
  const running = new Map<string, Promise<T>>()
  const turns = new Map<string, { readonly at: number; readonly refused: Failure }>()

  async function readOnce(clusterId: string): Promise<T> {
    const turn = turns.get(clusterId)
    if (turn && turn.at > now()) throw new Failure({ ...turn.refused.fields, retryAfterMs: turn.at - now() })
    turns.delete(clusterId)
    try {
      return await read(clusterId)
    } catch (error) {
      if (error instanceof Failure && error.fields.isReserved)
        turns.set(clusterId, { at: now() + (error.fields.retryAfterMs ?? 0), refused: error })
      throw error
    }
  }

  return (clusterId) => {
    const reading = running.get(clusterId) ?? readOnce(clusterId).finally(() => running.delete(clusterId))
    running.set(clusterId, reading)
    return reading
  }
}
