// POST …/linkers/<name>/rotate: the keys of the connection's target are rotated, for all connections that use them. The request is stored with the target,
// whose loop does the rest; the caller polls an operation, which can take as long as the overlap of both keys.
import type { HttpResponseInit } from '@azure/functions'
import { authTypeOf } from '../../auth/catalogue.ts'
import { isConnectionName } from '../../declare/connection-fields.ts'
import { mayRotateKeys } from '../../declare/consent.ts'
import { rotationId } from '../../linker/operation-id.ts'
import type { Connection } from '../../model/connection.ts'
import { endpointOf } from '../../model/endpoint-target.ts'
import type { Key, Loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import { isUnderWay } from '../../model/rotation.ts'
import { type RotationState, rotationState } from '../../model/rotation-state.ts'
import { nameOf, timeText } from '../../model/words.ts'
import { resourceOf } from '../../targets/catalogue.ts'
import { badRequest, json, Refusal, refusedBy } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import { operationHeaders } from '../http/operation-headers.ts'
import { wakeLoop } from '../touch.ts'
import { consentsFor } from './consent.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'

export async function rotateKeys(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { services, caller, url } = call
  const { store } = services
  const row = isConnectionName(name) ? (await store.read(linkerLoop(cluster, name)))?.row : undefined
  const self = row?.self
  if (!self) throw noSuchLinker(cluster, name)
  if (row.removing) throw conflict(`The connection ${name} is being removed.`)
  const overlapMs = overlapIn(url.searchParams) ?? services.keyOverlapMs
  refuseWithoutKeys(self)
  withinLimits(services.limits, caller.objectId, pointsOf.reconcile)
  const { refuseUnlessAllowed } = await consentsFor([self], services)
  refuseUnlessAllowed(self, caller.ids)
  const target = nameOf(self.target)
  if (!mayRotateKeys(self, await store.policies(), caller.ids)) throw refusedBy(403, { code: 'RotationNotAllowed', about: { target } })
  const { row: of, view } = (await store.read(self.target)) ?? {}
  if (!view?.members.some(({ key }) => key === self.key))
    throw conflict(`The connection ${name} has not joined ${target} yet. Try again once it is Succeeded.`)
  if (isUnderWay(of?.rotation, view.facts.rotation)) throw underWay(target, of?.rotation?.at)
  const rotation = await store.rotate(self.target, overlapMs, of?.rotation)
  if (typeof rotation === 'string') throw underWay(target, services.now())
  await wakeLoop(self.target, call)
  const headers = operationHeaders(call, cluster, rotationId(self.key, rotation.at))
  return json(202, null, { ...headers, location: headers['azure-asyncoperation'] })
}

/** How far a rotation is that was requested through this connection. */
export async function rotationOf(
  { services }: Call,
  target: Loop<'target'>,
  { key, at }: { readonly key: Key; readonly at: number },
): Promise<RotationState> {
  const found = await services.store.read(target)
  const state = found && {
    rotation: found.row.rotation,
    facts: found.view.facts,
    step: found.steps.find(({ step }) => step === 'rotate-keys'),
  }
  return rotationState(at, key, state, services.now())
}

function refuseWithoutKeys(self: Connection): void {
  const { name, auth, target } = self
  const about = { name, auth, target: nameOf(target) }
  if (authTypeOf(self).secret !== 'fetched') throw refusedBy(400, { code: 'NoKeyUsed', about })
  const resource = endpointOf(target) ? undefined : resourceOf(resourceId(target.id).type)
  if (!resource?.renewal) throw refusedBy(400, { code: 'KeyNotRenewable', about })
}

/** A minute, so that what is on its way has arrived; at most as long as the setting can be. */
const [least, most] = [1, 60_000]

function overlapIn(query: URLSearchParams): number | undefined {
  const text = query.get('overlapMinutes')
  if (text === null) return undefined
  const minutes = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (minutes < least || minutes > most)
    throw badRequest(
      'InvalidOverlap',
      `overlapMinutes must be a whole number from ${least} to ${most}: how long both keys work, so that pods can be restarted.`,
    )
  return minutes * 60_000
}

const underWay = (target: string, at = 0): Refusal => refusedBy(409, { code: 'RotationUnderWay', about: { target, since: timeText(at) } })
const conflict = (message: string): Refusal => new Refusal(409, { code: 'Conflict', message })
