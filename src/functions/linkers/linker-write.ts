// PUT and PATCH of a linker: the definition that it is to have, written only if it is still made from what was read. Two requests at one moment come one
// after the other: the later one reads again, so none overwrites what it has not seen.
import type { HttpResponseInit } from '@azure/functions'
import { contention } from '../../errors/contention.ts'
import { patchedLinker, propertiesOf } from '../../linker/patch.ts'
import { type ApiVersion, withNewerFields } from '../../linker/versions.ts'
import { type Connection, type ConnectionSpec, withIdentityOf } from '../../model/connection.ts'
import { defaultGrants } from '../../model/grant.ts'
import type { Loop } from '../../model/loop.ts'
import { sameId } from '../../model/resource-id.ts'
import type { SecretRef } from '../../model/secret-ref.ts'
import type { LoopRow } from '../../ports/rows.ts'
import { Refusal, refusedBy } from '../http/answers.ts'
import { readJson } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { isSameVersion, preconditionsOf, refuseUnlessHolds } from '../http/preconditions.ts'
import { wakeLoop } from '../touch.ts'
import { consentsFor } from './consent.ts'
import { progressIn, reader } from './known.ts'
import { answerWith, operationHeadersFor, refuseIfDeclaredElsewhere } from './linker-answers.ts'
import { linkerLoop, noSuchLinker, refuseBadName } from './linker-name.ts'
import { readPut } from './linker-put.ts'
import { storeSecret } from './provided-secret.ts'

export async function putLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  refuseBadName(name)
  const body = await readJson(call.request)
  return await write(call, cluster, name, async (current) =>
    current ? withNewerFields(body, propertiesOf(current, {}, usualOf(current, call.services)), call.apiVersion as ApiVersion) : body,
  )
}

/** The same as a PUT of the whole that the patch makes of it. */
export async function patchLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const patch = await readJson(call.request)
  return await write(call, cluster, name, async (current, row) => {
    if (!row?.self) throw noSuchLinker(cluster, name)
    if (!current)
      throw new Refusal(409, { code: 'Conflict', message: `The connection ${connection.id} is being removed. Create it again with PUT.` })
    const identity = current.identity && (await call.services.store.read(current.identity))?.view.facts
    return patchedLinker(propertiesOf(current, identity ?? {}, usualOf(current, call.services)), patch)
  })
}

const usualOf = ({ type }: Connection, { targets }: HandlerContext): readonly string[] =>
  defaultGrants(targets.find((one) => one.type === type)?.grants)

/** `bodyFor`: the body of a PUT, for the connection as it is; `row` is there also while it is being removed. */
type BodyFor = (current: Connection | undefined, row: LoopRow | undefined) => Promise<unknown>

async function write(call: Call, cluster: string, name: string, bodyFor: BodyFor): Promise<HttpResponseInit> {
  const { services, caller } = call
  const connection = linkerLoop(cluster, name)
  const preconditions = preconditionsOf(call.request)
  const lost = contention(`change the connection ${name}`)
  // Stored once, however often the definition is written.
  let secret: SecretRef | undefined
  for (;;) {
    const before = (await services.store.read(connection))?.row
    const current = before?.removing ? undefined : before?.self
    const body = await bodyFor(current, before)
    refuseUnlessHolds(preconditions, before)
    if (current) await refuseChangeOf(current, call)
    const { spec: input, rawSecret } = await readPut(body, cluster, name, services, current)
    const respelled = withIdentityOf(current, sameSpelling(input, before?.self))
    const { isAllowed, refuseUnlessAllowed } = await consentsFor([respelled, current], services)
    refuseUnlessAllowed(respelled, caller.ids)
    if (current && isAllowed(current)) refuseMove(current, respelled)
    if (rawSecret && services.vault) secret ??= await storeSecret(respelled.key, rawSecret, services.vault, services.store)
    const written = await services.store.desire(secret ? { ...respelled, secret } : respelled, isAllowed, {
      by: caller.author,
      holds: (row) => isSameVersion(row, before),
    })
    if ('taken' in written) throw refusedBy(409, { code: 'NameTaken', about: { name, by: written.taken } })
    if ('changed' in written) return await answer(call, connection, name, written)
    await lost()
  }
}

/** A connection that no policy allows does not block its name. @throws Refusal */
async function refuseChangeOf(current: Connection, { services, caller }: Call): Promise<void> {
  const { isAllowed, refuseCaller } = await consentsFor([current], services)
  refuseCaller(current, caller.ids)
  if (isAllowed(current)) refuseIfDeclaredElsewhere(current)
}

/** Its workload would be left without its Secret. @throws Refusal */
function refuseMove({ name, namespace }: Connection, { namespace: wanted }: ConnectionSpec): void {
  if (namespace !== wanted) throw refusedBy(409, { code: 'NamespaceFixed', about: { name, namespace, wanted } })
}

async function answer(
  call: Call,
  connection: Loop<'connection'>,
  name: string,
  { changed, made }: { readonly changed: boolean; readonly made?: LoopRow },
): Promise<HttpResponseInit> {
  const { services } = call
  const known = await reader(services.store, services.steps)(connection.key, made)
  if (!known) throw new Refusal(409, { code: 'Conflict', message: `The connection ${name} was removed at the same moment. Put it again.` })
  const progress = progressIn(known, services)
  // Even if nothing changed: a repeated request may follow a host that died between the write and the wake.
  if (changed || progress.status !== 'Succeeded') await wakeLoop(connection, call)
  const headers = progress.status === 'Succeeded' ? {} : operationHeadersFor(call, known)
  // Service Connector answers 201 to every PUT, even if it changes something or nothing.
  return answerWith(201, known, progress, call, headers)
}

/** Ids that differ from the stored ones only in case mean the same: they keep their spelling, so that the same body is the same spec. */
function sameSpelling(spec: ConnectionSpec, before: Connection | undefined): ConnectionSpec {
  if (!before) return spec
  const same = <T extends Loop>(now: T, then: T | undefined): T => (then && now.key === then.key ? then : now)
  const { identity } = spec
  return {
    ...spec,
    name: before.name,
    cluster: same(spec.cluster, before.cluster),
    target: same(spec.target, before.target),
    targetId: sameId(spec.targetId, before.targetId) ? before.targetId : spec.targetId,
    ...(identity ? { identity: same(identity, before.identity) } : {}),
  }
}
