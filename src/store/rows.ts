// The rows of a loop's partition and how they are read:
//   loop                      the loop itself: due time, spec
//   step:<name>               outcome, facts, loops to wake
//   ledger:<step>:<key>       the ledger's entry of one object
//   member:<connection key>   a connection that joined
//   name:<Kubernetes name>    in a cluster's partition: a reserved name
//   provided:<key>            a provided secret, until a connection is responsible for it
//   history:<step>:<life>:<number>   what was changed, when and why
//   finished:<generation>     what remains of a connection that is gone
// Partitions of dry runs are named `dryruns-<cluster key>`, those of the index of due times (due-index.ts) `due:<minute>`, their rows like the loop's partition.
import type { Authors } from '../model/author.ts'
import type { Connection, Stage } from '../model/connection.ts'
import { defined } from '../model/defined.ts'
import type { Evidence } from '../model/evidence.ts'
import { instanceOf, keyOf, type Loop, type LoopKind } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import type { Noted, Outcome, StepRow } from '../model/outcome.ts'
import type { StepName } from '../model/step-name.ts'
import type { Finished, LoopRow, Member } from '../ports/rows.ts'
import { type Entity, optionalText, optionalTimeOf, optionalTimeText, pack, timeOf, timeText, unpack } from './entity.ts'

export const loopRow = 'loop'
export const policyPartition = 'policies'
export const stepKey = (step: StepName): string => `step:${step}`
export const ledgerKey = (step: StepName, managedId: string): string => `ledger:${step}:${keyOf(managedId)}`
export const memberKey = (connection: Pick<Loop, 'key'>): string => `member:${connection.key}`
export const nameKey = (name: string): string => `name:${name}`
export const providedKey = (secretId: string): string => `provided:${keyOf(secretId)}`
export const finishedKey = (generation: number): string => `finished:${String(generation).padStart(10, '0')}`

export function loopEntity(row: Omit<LoopRow, 'etag'>): Entity {
  return defined({
    partitionKey: instanceOf(row.loop),
    rowKey: loopRow,
    kind: row.loop.kind,
    loopId: row.loop.id,
    createdAt: timeText(row.createdAt),
    dueAt: timeText(row.dueAt),
    auditAt: timeText(row.auditAt),
    resync: row.resync,
    removing: row.removing,
    indexed: row.indexed?.join() || undefined,
    desiredAt: optionalTimeText(row.desiredAt),
    requestedAt: optionalTimeText(row.requestedAt),
    writer: row.writer?.app,
    rotationAt: optionalTimeText(row.rotation?.at),
    rotationOverlapMs: row.rotation?.overlapMs,
    writtenAt: optionalTimeText(row.writer?.at),
    ...(row.listed ? pack('listed', row.listed) : {}),
    ...(row.authors ? pack('authors', row.authors) : {}),
    ...(row.self ? { cluster: row.self.cluster.key, ...pack('self', row.self) } : {}),
  })
}

export function readLoop(entity: Entity): LoopRow {
  const kind = entity['kind'] as LoopKind
  const id = String(entity['loopId'])
  const self = unpack<Connection>(entity, 'self')
  const listed = unpack<Evidence>(entity, 'listed')
  const authors = unpack<Authors>(entity, 'authors')
  const writer = optionalText(entity, 'writer')
  const rotationAt = optionalTimeOf(entity, 'rotationAt')
  return defined({
    loop: { kind, key: keyOf(id), id },
    etag: entity.etag ?? '',
    createdAt: timeOf(entity, 'createdAt'),
    dueAt: timeOf(entity, 'dueAt'),
    auditAt: timeOf(entity, 'auditAt'),
    resync: Number(entity['resync']),
    removing: entity['removing'] === true,
    indexed: optionalText(entity, 'indexed')?.split(',').map(Number),
    self,
    desiredAt: optionalTimeOf(entity, 'desiredAt'),
    requestedAt: optionalTimeOf(entity, 'requestedAt'),
    rotation: rotationAt === undefined ? undefined : { at: rotationAt, overlapMs: Number(entity['rotationOverlapMs']) },
    writer: writer === undefined ? undefined : { app: writer, at: timeOf(entity, 'writtenAt') },
    listed,
    authors,
  })
}

const optionalPast = (at: number | undefined, now: number): number | undefined => (at === undefined ? undefined : past(at, now))

/** Without moments in the future that have passed since they were stored. The next write stores the row like this. */
export const upToNow = (row: LoopRow, now: number): LoopRow =>
  defined({
    ...row,
    createdAt: past(row.createdAt, now),
    desiredAt: optionalPast(row.desiredAt, now),
    requestedAt: optionalPast(row.requestedAt, now),
    writer: row.writer && { ...row.writer, at: past(row.writer.at, now) },
  })
/** `ranAt` stays: a value in the future tells that the step's times are void (contract/next.ts). */
export const stepUpToNow = (row: StepRow, now: number): StepRow =>
  defined({
    ...row,
    since: past(row.since, now),
    unwellSince: optionalPast(row.unwellSince, now),
  })

export function stepEntity(loop: Loop, row: Omit<StepRow, 'etag'>): Entity {
  return defined({
    partitionKey: instanceOf(loop),
    rowKey: stepKey(row.step),
    step: row.step,
    attempts: row.attempts,
    since: timeText(row.since),
    unwellSince: optionalTimeText(row.unwellSince),
    ranAt: timeText(row.ranAt),
    nextRunAt: optionalTimeText(row.nextRunAt),
    resync: row.resync,
    generation: row.generation,
    inputs: row.inputs,
    noted: row.noted?.count,
    notedLife: optionalTimeText(row.noted?.life),
    ...pack('outcome', row.outcome),
    ...pack('facts', row.facts),
    ...pack('wake', row.wake),
  })
}

/** What the app itself wrote is not checked again. */
const stepIn = (entity: Entity): StepName => String(entity['step']) as StepName

export function readStep(entity: Entity): StepRow {
  return defined({
    step: stepIn(entity),
    etag: entity.etag ?? '',
    outcome: unpack<Outcome>(entity, 'outcome') ?? { kind: 'waiting', problems: [], waits: [], changed: [], pendingDeletes: [] },
    attempts: Number(entity['attempts']),
    since: timeOf(entity, 'since'),
    unwellSince: optionalTimeOf(entity, 'unwellSince'),
    ranAt: timeOf(entity, 'ranAt'),
    nextRunAt: optionalTimeOf(entity, 'nextRunAt'),
    resync: Number(entity['resync']),
    generation: Number(entity['generation']),
    inputs: String(entity['inputs']),
    noted: notedIn(entity),
    facts: unpack<Record<string, unknown>>(entity, 'facts') ?? {},
    wake: unpack<Loop[]>(entity, 'wake') ?? [],
  })
}

function notedIn(entity: Entity): Noted | undefined {
  const life = optionalTimeOf(entity, 'notedLife')
  return life === undefined ? undefined : { life, count: Number(entity['noted']) }
}

export const ledgerEntity = (loop: Loop, step: StepName, tracked: LedgerEntry): Entity =>
  defined({
    partitionKey: instanceOf(loop),
    rowKey: ledgerKey(step, tracked.object.id),
    step,
    ownership: tracked.ownership,
    since: timeText(tracked.since),
    pendingSince: optionalTimeText(tracked.pendingSince),
    ...pack('object', tracked.object),
    ...(tracked.reverted ? pack('reverted', tracked.reverted) : {}),
    ...(tracked.keptFor ? pack('keptFor', tracked.keptFor) : {}),
  })

export function readLedgerEntry(entity: Entity): { readonly step: StepName; readonly tracked: LedgerEntry } {
  const object = unpack<LedgerEntry['object']>(entity, 'object')
  if (!object) throw new Error(`The ledger row ${entity.partitionKey} ${entity.rowKey} has no object`)
  const reverted = unpack<NonNullable<LedgerEntry['reverted']>>(entity, 'reverted')
  const tracked: LedgerEntry = defined({
    object,
    ownership: entity['ownership'] as LedgerEntry['ownership'],
    since: timeOf(entity, 'since'),
    pendingSince: optionalTimeOf(entity, 'pendingSince'),
    reverted,
    keptFor: unpack<NonNullable<LedgerEntry['keptFor']>>(entity, 'keptFor'),
  })
  return { step: stepIn(entity), tracked }
}

export const memberEntity = (loop: Loop, member: Member): Entity =>
  defined({
    partitionKey: instanceOf(loop),
    rowKey: memberKey(member.connection),
    generation: member.connection.generation,
    leavingSince: optionalTimeText(member.leavingSince),
    stage: member.stage,
    keeping: member.keeping,
    ...pack('connection', member.connection),
  })

export function readMember(entity: Entity): Member {
  const connection = unpack<Connection>(entity, 'connection')
  if (!connection) throw new Error(`The member row ${entity.partitionKey} ${entity.rowKey} holds no connection`)
  return defined({
    connection,
    leavingSince: optionalTimeOf(entity, 'leavingSince'),
    stage: entity['stage'] as Stage | undefined,
    keeping: entity['keeping'] === true ? (true as const) : undefined,
  })
}

export const finishedEntity = (loop: Loop, finished: Finished): Entity => ({
  partitionKey: instanceOf(loop),
  rowKey: finishedKey(finished.generation),
  finishedAt: timeText(finished.at),
  ...pack('finished', finished),
})
