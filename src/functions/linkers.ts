// PUT, GET, DELETE and list of connections, in the original's contract. A door writes what is desired, wakes the loop, and answers at once;
// the caller polls the operation. Nothing is stored before everything is checked, consent included.
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { type Asked, connectionNameRule, desiredOf, isConnectionName } from '../domain/asked.ts'
import { type Complaint, shown } from '../domain/complaint.ts'
import { type Connection, type Desired, linkerId } from '../domain/connection.ts'
import { allowed } from '../domain/consent.ts'
import { linkerFields } from '../domain/linker.ts'
import { linkerOf } from '../domain/linker-answer.ts'
import { askOf, type LinkerAsk } from '../domain/linker-ask.ts'
import { type Key, type Loop, loop } from '../domain/loop.ts'
import { operationId, type Progress } from '../domain/progress.ts'
import { resourceId, sameId } from '../domain/resource-id.ts'
import type { Secret } from '../domain/secret.ts'
import type { SecretRef } from '../domain/service-principal.ts'
import { tagOf } from '../domain/tags.ts'
import { Failure } from '../errors/failure.ts'
import { notWoken } from '../steps/log.ts'
import type { Store } from '../steps/store.ts'
import { armErrorOfAll, complained, empty, json, notFound, Refusal, refusedBy } from './answers.ts'
import { readJson } from './body.ts'
import type { Doors, Hub, SecretKeeping } from './doors.ts'
import { type Known, progressIn, reader, timelineIn } from './known.ts'
import { paced } from './paced.ts'

export type Call = {
  readonly request: HttpRequest
  readonly context: InvocationContext
  readonly doors: Doors
  readonly hub: Hub
  /** Scheme and host as the caller sees them. */
  readonly origin: string
  readonly apiVersion: string
}

export async function putLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { doors, hub } = call
  const connection = linkerLoop(cluster, name)
  const body = await readJson(call.request)
  const before = (await doors.store.read(connection, []))?.row
  if (before?.self && !before.removing) refuseIfDeclaredElsewhere(before.self)
  const { desired: asked, rawSecret } = await parsed(body, cluster, name, doors, before?.removing ? undefined : before?.self)
  const sparse = sameSpelling(asked, before?.self)
  const consent = allowed(sparse, await doors.store.policies(), defaultRole(sparse, doors))
  if ('refused' in consent) throw refusedBy(403, consent.refused)

  const kept = rawSecret && doors.vault ? await keepSecret(sparse.key, rawSecret, doors.vault, doors.store) : undefined
  const desired = kept ? { ...sparse, secret: kept } : sparse
  const answer = await doors.store.desire(desired)
  if ('taken' in answer) throw refusedBy(409, { code: 'NameTaken', about: { name, by: answer.taken } })
  const known = await reader(doors.store, doors.steps)(connection.key)
  if (!known) throw new Refusal(409, { code: 'Conflict', message: `The connection ${name} was removed at the same moment. Put it again.` })
  const progress = progressIn(known, doors)
  // Also where nothing changed: whoever asks again may do so because the host died between the write and the wake.
  if (answer.changed || progress.status !== 'Succeeded') await wake(hub, connection, call.context)
  const isNew = !before?.self || before.removing
  const headers = progress.status === 'Succeeded' ? {} : operationHeaders(call, known.self)
  return json(isNew ? 201 : 200, wireOf(known, progress, doors), headers)
}

export async function getLinker({ doors }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const known = await reader(doors.store, doors.steps)(linkerLoop(cluster, name).key)
  if (!known)
    throw new Refusal(404, {
      code: 'ResourceNotFound',
      message: `There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`,
    })
  return json(200, wireOf(known, progressIn(known, doors), doors))
}

export async function listLinkers({ doors }: Call, cluster: string): Promise<HttpResponseInit> {
  const read = reader(doors.store, doors.steps)
  const known = (await paced(doors.store.connections(loop('cluster', cluster)), 16, (row) => read(row.loop.key))).filter(
    (one) => one !== undefined,
  )
  return json(200, { value: known.map((one) => wireOf(one, progressIn(one, doors), doors, 'in a list')) })
}

export async function deleteLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const row = (await call.doors.store.read(connection, []))?.row
  if (!row?.self) return empty(204)
  if (!row.removing) refuseIfDeclaredElsewhere(row.self)
  const removed = await call.doors.store.remove(connection)
  if (!removed) return empty(204)
  await wake(call.hub, connection, call.context)
  const headers = operationHeaders(call, { ...row.self, generation: removed.generation })
  return empty(202, { ...headers, location: headers['azure-asyncoperation'].replace('/operationStatuses/', '/operationResults/') })
}

/** Looks again, at once: the connection's own loop and those that it joined. */
export async function lookAgain({ doors, hub, context }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const self = (await doors.store.read(connection, []))?.row.self
  if (!self) throw notFound(`There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`)
  const loops: readonly Loop[] = [self.cluster, self.target, ...(self.identity ? [self.identity] : []), connection]
  for (const one of loops) if (await doors.store.touch(one, 'person')) await wake(hub, one, context)
  return json(202, { looking: loops.map(({ id }) => id) })
}

function linkerLoop(cluster: string, name: string): Loop<'connection'> {
  if (!isConnectionName(name))
    throw new Refusal(400, {
      code: 'InvalidResourceName',
      message: `'${shown(name)}' is no name of a connection. Write ${connectionNameRule}.`,
    })
  return loop('connection', linkerId(cluster, name))
}

type Parsed = { readonly desired: Desired; readonly rawSecret?: Secret<string> }

async function parsed(body: unknown, cluster: string, name: string, doors: Doors, before: Connection | undefined): Promise<Parsed> {
  const ask = askOf(body, doors.targets)
  if ('complaints' in ask) throw complained(ask.complaints)
  const { identityRef: _, rawSecret, ...fields } = ask.value
  const asked: Asked = {
    ...fields,
    origin: 'http',
    name,
    cluster: loop('cluster', cluster),
    identity: await identityOf(ask.value, cluster, doors),
  }
  const read = desiredOf(asked, doors.rules, linkerFields)
  if ('complaints' in read) throw complained(read.complaints)
  if (!read.value.servicePrincipal) return { desired: read.value }
  if (rawSecret && !doors.vault)
    throw complained([
      {
        field: 'properties.authInfo.secret',
        wrong: 'this app has no Key Vault, and keeps secrets nowhere else',
        write: 'another authType, such as userAssignedIdentity; or set CONNECTOR_KEY_VAULT of the app (docs/settings.md)',
      },
    ])
  if (rawSecret) return { desired: read.value, rawSecret }
  const kept = before?.servicePrincipal?.clientId === read.value.servicePrincipal.clientId ? before.secret : undefined
  if (kept) return { desired: { ...read.value, secret: kept } }
  throw complained([
    {
      field: 'properties.authInfo.secret',
      wrong: 'the client secret is missing, and none was given before',
      write: 'a client secret of the service principal; it is kept in the Key Vault of the app and never answered',
    },
  ])
}

/**
 * Remembered before it is written: should no connection come of it, whatever the reason, a timer takes it out again (given-secrets.timer.ts).
 * What the vault refuses is no fault of this app's: the caller learns what to mend.
 */
async function keepSecret(connection: Key, value: Secret<string>, vault: SecretKeeping, store: Store): Promise<SecretRef> {
  const id = vault.idOf(connection)
  if (!(await store.giving(connection, id)))
    throw new Failure({ class: 'busy', code: 'SecretClearing', about: { secret: id }, retryAfterMs: 10_000 })
  try {
    return await vault.keep(connection, value)
  } catch (error) {
    if (!(error instanceof Failure) || (error.fields.class !== 'permission' && error.fields.class !== 'person')) throw error
    throw refusedBy(409, error.fields)
  }
}

/** A client id says nothing about where the identity lies, and loops are named by ARM ids. */
async function identityOf({ identity, identityRef }: LinkerAsk, cluster: string, doors: Doors): Promise<string | undefined> {
  if (!identityRef) return identity
  const subscription = identityRef.subscriptionId ?? resourceId(cluster).subscription
  const id = await doors.resolveIdentity(identityRef.clientId, subscription)
  if (id !== undefined) return id
  const complaint: Complaint = {
    field: 'properties.authInfo.clientId',
    wrong: `no user-assigned identity with the client id ${identityRef.clientId} is visible in the subscription ${subscription}`,
    write:
      'the client id of an identity that this app may read, with its subscriptionId, or its ARM id as identityId; leave them out and an identity is made',
  }
  throw complained([complaint])
}

/** Ids that differ from the stored ones in case only mean the same: they keep their spelling, so that the same body is the same desire. */
function sameSpelling(desired: Desired, before: Connection | undefined): Desired {
  if (!before) return desired
  const same = <T extends Loop>(now: T, then: T | undefined): T => (then && now.key === then.key ? then : now)
  const { identity } = desired
  return {
    ...desired,
    name: before.name,
    cluster: same(desired.cluster, before.cluster),
    target: same(desired.target, before.target),
    targetId: sameId(desired.targetId, before.targetId) ? before.targetId : desired.targetId,
    ...(identity ? { identity: same(identity, before.identity) } : {}),
  }
}

function refuseIfDeclaredElsewhere({ origin, name, cluster }: Connection): void {
  if (origin === 'http') return
  const where = origin === 'tag' ? `the tag ${tagOf(name)} of the cluster ${resourceId(cluster.id).name}` : 'a policy'
  throw refusedBy(409, { code: 'DeclaredElsewhere', about: { name, origin: where, where } })
}

const defaultRole = (desired: Desired, { targets }: Doors): string | undefined =>
  targets.find(({ type }) => type === desired.type)?.roles[0]?.id

/** Only a hint: what is stored is found by the heartbeat as well. */
async function wake(hub: Hub, loop: Loop, context: InvocationContext): Promise<void> {
  await hub.wake(loop).catch((error: unknown) => notWoken(context, loop, error))
}

function operationHeaders(
  { origin, apiVersion, doors }: Call,
  self: Connection,
): { readonly 'azure-asyncoperation': string; readonly 'retry-after': string } {
  const { subscription } = resourceId(self.cluster.id)
  const path = `/subscriptions/${subscription}/providers/Microsoft.ServiceLinker/locations/global/operationStatuses/${operationId(self.key, self.generation)}`
  return { 'azure-asyncoperation': `${origin}${path}?api-version=${apiVersion}`, 'retry-after': String(doors.pollSeconds) }
}

export function wireOf(known: Known, progress: Progress, doors: Doors, where?: 'in a list'): object {
  const problems = 'problems' in progress ? progress.problems : []
  const waits = 'waits' in progress ? progress.waits : []
  return linkerOf(known.self, {
    provisioningState: progress.status,
    facts: known.facts,
    identity: known.identity,
    problems: problems.length + waits.length > 0 && progress.status === 'Failed' ? [armErrorOfAll(problems, waits)] : problems,
    warning: progress.status === 'Succeeded' ? progress.warning : undefined,
    ...(where ? {} : { timeline: timelineIn(known, doors) }),
  })
}
