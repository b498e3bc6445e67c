// Policies: who may be connected to what, managed through HTTP. A changed policy concerns every connection, so each of them runs again: at once if
// there are few, spread over time if there are many.
import type { HttpResponseInit } from '@azure/functions'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import type { Loop } from '../model/loop.ts'
import { type Policy, warningsOf } from '../model/policy.ts'
import { sanitize } from '../model/validation-issue.ts'
import { empty, json, notFound, Refusal } from './answers.ts'
import { readJson } from './body.ts'
import type { Call } from './call.ts'
import { allowIn } from './policy-body.ts'
import { touchAndWake } from './touch.ts'

export async function listPolicies({ services }: Call): Promise<HttpResponseInit> {
  return json(200, { value: (await services.store.policies()).map(toResponse) })
}

export async function getPolicy({ services }: Call, segment: string): Promise<HttpResponseInit> {
  const name = nameIn(segment)
  const policy = await services.store.policy(name)
  if (!policy) throw notFound(`There is no policy '${name}'.`)
  return json(200, toResponse(policy))
}

export async function putPolicy(call: Call, segment: string): Promise<HttpResponseInit> {
  const name = nameIn(segment)
  const policy: Policy = { name, allow: allowIn(await readJson(call.request)) }
  const written = await call.services.store.putPolicy(policy)
  // Even if nothing changed: if the touches of the first attempt were cut short, another PUT completes them.
  await reconcileAll(call)
  return json(written === 'created' ? 201 : 200, toResponse(policy))
}

/** `warnings`: what its author should reconsider; not part of what is stored. */
function toResponse(policy: Policy): object {
  const warnings = warningsOf(policy.allow)
  return warnings.length > 0 ? { ...policy, warnings } : policy
}

/** Emptied first: a connection that reads between the two writes finds either the whole policy or nothing allowed. */
export async function deletePolicy(call: Call, segment: string): Promise<HttpResponseInit> {
  const { store } = call.services
  const name = nameIn(segment)
  const policy = await store.policy(name)
  if (!policy) return empty(204)
  await store.putPolicy({ name, allow: { clusters: [], targets: [], namespaces: [], auth: [] } })
  await reconcileAll(call)
  await store.deletePolicy(name)
  return empty(200)
}

/** This many are woken at once; the others become due later, this many each second, and the heartbeat wakes them. */
const atOnce = 50
const perSecond = 20

async function reconcileAll({ services, hub, context }: Call): Promise<void> {
  let count = 0
  const wakeOne = async (loop: Loop): Promise<void> => {
    const place = count++
    if (place < atOnce) await touchAndWake(loop, 'wake', { store: services.store, hub, context })
    else await services.store.touch(loop, 'wake', { at: services.now() + Math.ceil((place - atOnce) / perSecond) * 1000 })
  }
  // Shared loops write nothing for members that are not allowed now.
  for (const kind of ['connection', 'cluster', 'target', 'identity'] as const)
    await mapConcurrent(services.store.loops(kind), 16, (row) => wakeOne(row.loop))
}

const names = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

function nameIn(segment: string): string {
  const name = segment.toLowerCase()
  if (!names.test(name))
    throw new Refusal(400, {
      code: 'InvalidResourceName',
      message: `'${sanitize(segment)}' is not a valid name of a policy. Write 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends.`,
    })
  return name
}
