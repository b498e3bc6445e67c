// The simulated cloud, and how this product's own clients reach it: through the proxy, signed in as the app.
import type { AzureClientOptions } from '../../src/azure/client-options.ts'
import { Failure } from '../../src/errors/failure.ts'
import type { OutsideCall } from '../../src/model/outside-call.ts'
import { armWorld } from '../local/cloud/arm/arm-world.ts'

type Parameters_ = Parameters<typeof armWorld>

export async function azureWorld(...[overrides, options]: Parameters_) {
  const world = await armWorld(overrides, options)
  const calls: OutsideCall[] = []
  const connection = (who = 'app'): AzureClientOptions => ({
    credential: world.as(who).credential,
    agent: world.agent,
    timeoutMs: 1000,
    onCall: (call) => void calls.push(call),
  })
  return { ...world, calls, connection }
}
export type AzureWorld = Awaited<ReturnType<typeof azureWorld>>

/** The failure that something is refused with. */
export async function failure(work: Promise<unknown>): Promise<Failure['fields']> {
  try {
    await work
  } catch (error) {
    if (error instanceof Failure) return error.fields
    throw error
  }
  throw new Error('It was not refused')
}
