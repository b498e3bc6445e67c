// Policies: who may be connected to what, and what is connected by itself; managed through HTTP.
import type { HttpResponseInit } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { defined } from '../../model/defined.ts'
import { loop } from '../../model/loop.ts'
import { type Policy, warningsOf } from '../../model/policy.ts'
import { sanitize } from '../../model/validation-issue.ts'
import { empty, json, notFound, Refusal } from '../http/answers.ts'
import { readJson } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import { policyIn } from './policy-body.ts'
import { effectBody, effectOf, withdrawsMany } from './policy-effect.ts'
import { withFoundOf } from './policy-targets.ts'
import { paced, reconcileAll } from './reconcile-all.ts'

export async function listPolicies({ services }: Call): Promise<HttpResponseInit> {
  return json(200, { value: (await services.store.policies()).filter(({ ended }) => !ended).map(toResponse) })
}

export async function getPolicy({ services }: Call, segment: string): Promise<HttpResponseInit> {
  const name = nameIn(segment)
  const policy = await services.store.policy(name)
  if (!policy || policy.ended) throw notFound(`There is no policy '${name}'.`)
  return json(200, toResponse(policy))
}

export async function putPolicy(call: Call, segment: string): Promise<HttpResponseInit> {
  const name = nameIn(segment)
  const { store } = call.services
  const policy: Policy = { name, ...policyIn(await readJson(call.request), call.services.targets) }
  const before = await store.policy(name)
  // One whose last change withdrew many says so until they are gone, however often that change is repeated.
  const isConnecting = Boolean(policy.connect ?? before?.connect ?? before?.withdrawsMany)
  const effect = isConnecting ? await effectOf(withFoundOf(before, policy), call.services) : undefined
  const next = effect ? { ...effect.policy, ...keptLonger(withdrawsMany(effect)) } : policy
  await store.putPolicy(next)
  const wake = paced(call)
  await mapConcurrent(effect?.clusters ?? [], 16, ({ id }) => wake(loop('cluster', id), { make: true }))
  // Even if nothing changed: if the touches of the first attempt were cut short, another PUT completes them.
  await reconcileAll(call)
  return json(before && !before.ended ? 200 : 201, toResponse(next))
}

const keptLonger = (isMany: boolean): Pick<Policy, 'withdrawsMany'> => (isMany ? { withdrawsMany: true } : {})

/** What saving the policy would do. Nothing is stored. */
export async function previewPolicy(call: Call, segment: string): Promise<HttpResponseInit> {
  const name = nameIn(segment)
  const { services, caller } = call
  const policy: Policy = { name, ...policyIn(await readJson(call.request), services.targets) }
  withinLimits(services.limits, caller.objectId, pointsOf.preview)
  const before = await services.store.policy(name)
  return json(200, effectBody(await effectOf(withFoundOf(before, policy), services)))
}

/** `warnings`: what its author should reconsider; not part of what is stored. */
function toResponse({ name, allow, connect, from }: Policy): object {
  const warnings = warningsOf(allow)
  return defined({ name, allow, connect, from, warnings: warnings.length > 0 ? warnings : undefined })
}

/**
 * Emptied first: a connection that reads between the two writes finds either the whole policy or nothing allowed. One that makes connections stays as
 * an empty row until they are gone: it says how long they are kept.
 */
export async function deletePolicy(call: Call, segment: string): Promise<HttpResponseInit> {
  const { store } = call.services
  const name = nameIn(segment)
  const policy = await store.policy(name)
  if (!policy || policy.ended) return empty(204)
  const nothing: Policy = { name, allow: { clusters: [], targets: [], namespaces: [], auth: [] } }
  const effect = policy.connect ? await effectOf(nothing, call.services) : undefined
  await store.putPolicy(effect ? { ...nothing, ...keptLonger(withdrawsMany(effect)), ended: true } : nothing)
  await reconcileAll(call)
  if (!effect || effect.now === 0) await store.deletePolicy(name)
  return empty(200)
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
