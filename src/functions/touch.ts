// A change that concerns a loop: it is stored first, and then the loop is woken, if it sleeps. The wake is only a hint: the heartbeat finds what is stored as well.
import type { InvocationContext } from '@azure/functions'
import type { Loop } from '../model/loop.ts'
import type { Touch, Touched } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import { notWoken } from '../telemetry/log.ts'
import type { Hub } from './http/handler-context.ts'

export type Waking = { readonly store: Pick<Store, 'touch'>; readonly hub: Hub; readonly context: InvocationContext }

export async function touchAndWake(loop: Loop, why: Touch, waking: Waking, how?: Parameters<Store['touch']>[2]): Promise<Touched> {
  const touched = await waking.store.touch(loop, why, how)
  if (touched === 'wake') await wakeLoop(loop, waking)
  return touched
}

export async function wakeLoop(loop: Loop, { hub, context }: Pick<Waking, 'hub' | 'context'>): Promise<void> {
  await hub.wake(loop).catch((error: unknown) => notWoken(context, loop, error))
}
