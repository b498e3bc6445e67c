// The store over Table Storage: reading a loop with what its steps may know, sleeping, ending, lists, policies.
import { early } from '../contract/next.ts'
import type { Facts } from '../model/facts.ts'
import { instanceOf, keyOf, type Loop, type LoopKind } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import { secretName } from '../model/names.ts'
import type { StepRow } from '../model/outcome.ts'
import { allowSchema, type Policy } from '../model/policy.ts'
import { steady } from '../model/steady.ts'
import type { Installation, View } from '../model/view.ts'
import type { Finished, LoopRow, Member, Snapshot, Store } from '../ports/store.ts'
import { besideOf, readBeside } from './beside.ts'
import { dueIndex } from './due-index.ts'
import { canonical, type Entity, pack, timeText, unpack } from './entity.ts'
import { factsCache } from './facts-cache.ts'
import { guardedStore } from './guarded.ts'
import { asleep, ledgerStore } from './ledger.ts'
import { loopRows } from './loop-rows.ts'
import { memberStore } from './members.ts'
import { providedSecretStore } from './provided-secrets.ts'
import { ordering, type RecentReads, recentReads } from './recent-reads.ts'
import {
  finishedEntity,
  loopEntity,
  loopRow,
  nameKey,
  policyPartition,
  readLedgerEntry,
  readLoop,
  readMember,
  readStep,
  stepEntity,
  stepUpToNow,
  upToNow,
} from './rows.ts'
import { sharedRead } from './shared-read.ts'
import { specStore } from './spec.ts'
import { filter, type Table } from './table.ts'

/** Loops that are woken together ask for the same within about so long. */
const gatherMs = 10
/** What a connection is told of the loops beside it is no older than this, and never older than what this instance wrote there. */
const besideMs = 1_000

type Rows = {
  readonly row: LoopRow
  readonly steps: readonly StepRow[]
  readonly members: readonly Member[]
  readonly tracked: ReadonlyMap<string, readonly LedgerEntry[]>
}

/** `ownIdentities`: all ids of the app's own identity, lower case. */
export function openStore(
  table: Table,
  installation: Installation,
  now: () => number,
  ownIdentities: () => Promise<readonly string[]> = async () => [],
): Store {
  const order = ordering()
  const clock = steady(now)
  const beside = recentReads(
    sharedRead((partition: string) => readBeside(table, partition, now), gatherMs),
    order,
    clock,
  )
  const policies = policyStore(table, () => policyReads.wrote(policyPartition))
  const policyReads: RecentReads<readonly Policy[]> = recentReads(() => policies.policies(), order, clock)

  const guarded = guardedStore(table, ownIdentities, now)
  const cache = factsCache({ policies: policyReads, beside }, order, clock)
  const index = dueIndex(table, now)
  const rows = loopRows(table, index, now)
  const spec = specStore(table, rows, cache, installation, now)

  async function rowsOf(loop: Loop): Promise<Rows | undefined> {
    const steps: StepRow[] = []
    const members: Member[] = []
    const tracked = new Map<string, LedgerEntry[]>()
    let entity: Entity | undefined
    for await (const row of table.query(filter`PartitionKey eq ${instanceOf(loop)}`)) {
      if (row.rowKey === loopRow) entity = row
      else if (row.rowKey.startsWith('step:')) steps.push(stepUpToNow(readStep(row), now()))
      else if (row.rowKey.startsWith('member:')) members.push(readMember(row))
      else if (row.rowKey.startsWith('ledger:')) {
        const { step, tracked: object } = readLedgerEntry(row)
        tracked.set(step, [...(tracked.get(step) ?? []), object])
      }
    }
    rows.remember(loop, entity && readLoop(entity))
    if (!entity) return undefined
    return { row: { ...upToNow(readLoop(entity), now()), loop }, steps, members, tracked }
  }

  async function read<K extends LoopKind>(loop: Loop<K>, reads?: readonly LoopKind[]): Promise<Snapshot<K> | undefined> {
    const reading = rowsOf(loop)
    // Others who want to know of a loop that many share need not read it once more.
    if (loop.kind !== 'connection')
      beside.offer(
        instanceOf(loop),
        reading.then((found) => found && besideOf(found.row.loop, found.steps, (step) => found.tracked.get(step) ?? [])),
      )
    const found = await reading
    return found && (await snapshotOf({ ...found.row, loop }, found.steps, found.members, found.tracked, reads))
  }

  /** What the loop may know of others is asked for after its own row was read. */
  async function snapshotOf<K extends LoopKind>(
    row: LoopRow & { readonly loop: Loop<K> },
    steps: readonly StepRow[],
    members: readonly Member[],
    tracked: ReadonlyMap<string, readonly LedgerEntry[]>,
    reads: readonly LoopKind[] | undefined,
  ): Promise<Snapshot<K>> {
    const staying = members.filter((member) => member.leavingSince === undefined)
    const others = reads ? othersOf(row, members, [...tracked.values()].flat(), reads) : []
    const { policies: policyList, facts } = reads ? await cache.of(row, others) : { policies: [], facts: new Map() }
    const view: View<K> = {
      loop: row.loop,
      ...(row.self ? { self: row.self } : {}),
      removing: row.removing,
      members: staying.filter(({ stage }) => stage === undefined).map(({ connection }) => connection),
      readers: staying.filter(({ stage }) => stage !== undefined).map(({ connection }) => connection),
      facts: ownFacts(steps) as Partial<Facts[K]>,
      of: <O extends LoopKind>(other: Loop<O>) => (facts.get(instanceOf(other)) ?? {}) as Partial<Facts[O]>,
      tracked: (step) => tracked.get(step) ?? [],
      policies: policyList,
      ...(reads && bringsIdentity(row, members, ownFacts(steps)) ? { guarded: await guarded() } : {}),
      installation,
      ...(row.desiredAt === undefined ? {} : { desiredAt: row.desiredAt }),
      ...(row.requestedAt === undefined ? {} : { requestedAt: row.requestedAt }),
      ...(row.writer === undefined ? {} : { writer: row.writer }),
      now: now(),
    }
    return { row, view, steps, members } as Snapshot<K>
  }

  return {
    read,
    async onward({ row, steps, view, members }, ledgers, reads) {
      const rows = new Map([...steps, ...ledgers.flatMap((ledger) => ledger.row ?? [])].map((one) => [one.step, one]))
      const tracked = new Map([...rows.keys()].map((step) => [step, view.tracked(step)]))
      for (const ledger of ledgers) tracked.set(ledger.step, inOrder(ledger.tracked))
      return await snapshotOf(row, [...rows.values()], members, tracked, reads)
    },
    ...spec,
    ...ledgerStore(table, rows, cache, beside.wrote, spec.touch, now),
    ...memberStore(table, rows, cache, spec.touch, now),
    ...policies,
    ...providedSecretStore(table, now),
    guarded,
    beside: (loop) => beside.get(instanceOf(loop), 0, besideMs).value,

    async sleep(row, until, auditAt, notified = []) {
      const delivered = notified.map(({ etag, ...step }) => ({ replace: stepEntity(row.loop, { ...step, wake: [] }), etag }))
      const written = await rows.write(asleep(row, { until, auditAt }), delivered)
      if (written === 'conflict') return 'changed meanwhile'
      cache.moved(row.loop, row.etag, written.get(loopRow), [])
      return 'asleep'
    },

    async forget(row, finished) {
      cache.forget(row.loop)
      rows.forget(row.loop)
      beside.wrote(instanceOf(row.loop))
      // What its steps knew goes first, under the loop's etag: should the loop come back to life in between, it looks anew at everything.
      const partitionKey = instanceOf(row.loop)
      const { etag, ...rest } = row
      const known: Entity[] = []
      const range = filter`PartitionKey eq ${partitionKey} and RowKey ge ${'step:'} and RowKey lt ${'step;'}`
      for await (const entity of table.query(range)) known.push(entity)
      const marked = await table.write([
        { replace: loopEntity(rest), etag },
        ...(finished ? [{ put: finishedEntity(row.loop, finished) }] : []),
        ...known.map((remove) => ({ remove })),
      ])
      if (marked === 'conflict') return 'changed meanwhile'
      if ((await table.remove({ partitionKey, rowKey: loopRow, etag: marked.get(loopRow) ?? '' })) === 'conflict')
        return 'changed meanwhile'
      if (row.self) {
        const reserved = await table.get(instanceOf(row.self.cluster), nameKey(secretName(row.self.name)))
        if (reserved?.['connection'] === row.self.key) await table.remove(reserved)
      }
      return 'forgotten'
    },

    due: (at) => index.due(at, rows),
    async *overdue(at) {
      for await (const entity of table.query(filter`RowKey eq ${loopRow} and dueAt le ${timeText(at + early)}`)) {
        const { loop, dueAt } = readLoop(entity)
        yield { loop, dueAt }
      }
    },
    async *shared() {
      for await (const entity of table.query(filter`RowKey eq ${loopRow} and kind ne ${'connection'}`)) yield readLoop(entity)
    },
    async *loops(kind) {
      for await (const entity of table.query(filter`RowKey eq ${loopRow} and kind eq ${kind}`)) yield readLoop(entity) as never
    },
    async *connections(cluster) {
      const all = filter`RowKey eq ${loopRow} and kind eq ${'connection'}`
      for await (const entity of table.query(cluster ? `${all} and ${filter`cluster eq ${cluster.key}`}` : all)) yield readLoop(entity)
    },
    async *invalidTags() {
      for await (const entity of table.query(filter`RowKey eq ${'step:read-declarations'}`))
        yield* (readStep(entity).facts as Partial<Facts['cluster']>).invalidTags ?? []
    },
    async finished(key) {
      const rows: Finished[] = []
      const range = filter`PartitionKey eq ${`connection-${key}`} and RowKey ge ${'finished:'} and RowKey lt ${'finished;'}`
      for await (const entity of table.query(range)) {
        const row = unpack<Finished>(entity, 'finished')
        if (row) rows.push(row)
      }
      return rows
    },
    async purge(before) {
      let purged = 0
      for await (const entity of table.query(
        filter`RowKey ge ${'finished:'} and RowKey lt ${'finished;'} and finishedAt lt ${timeText(before)}`,
      )) {
        await table.remove(entity)
        purged++
      }
      return purged
    },
  }
}

/** As the table answers them: what steps want can follow from their ledgers, and must not look new because of another order. */
function inOrder(tracked: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const rows = tracked.map((row) => ({ row, key: keyOf(row.object.id) }))
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row)
}

const ownFacts = (steps: readonly StepRow[]): Partial<Facts[LoopKind]> => Object.assign({}, ...steps.map((step) => step.facts))

/** Whether any identity is named by an author: only then it matters which no policy can allow. */
function bringsIdentity({ loop: { kind }, self }: LoopRow, members: readonly Member[], facts: Partial<Facts[LoopKind]>): boolean {
  if (self) return self.provided
  if (kind === 'cluster' && Object.values((facts as Partial<Facts['cluster']>).tags ?? {}).some((tag) => /identity=/i.test(tag)))
    return true
  return members.some(({ connection }) => connection.provided)
}

/** Whose facts the loop may know, of the kinds that are asked for. */
function othersOf(
  { loop, self }: LoopRow,
  members: readonly Member[],
  tracked: readonly LedgerEntry[],
  reads: readonly LoopKind[],
): readonly Loop[] {
  // A member that leaves still matters where its things are taken back: its cluster must be known to reach them.
  const connections = self ? [self] : members.map(({ connection }) => connection)
  const named = [
    ...connections.flatMap(({ cluster, target, identity }) => [cluster, target, identity]),
    ...tracked.map(({ object }) => (object as { cluster?: Loop }).cluster),
  ]
  const others = new Map<string, Loop>()
  for (const other of named) if (other && reads.includes(other.kind)) others.set(instanceOf(other), other)
  others.delete(instanceOf(loop))
  return [...others.values()]
}

function policyStore(table: Table, wrote: () => void): Pick<Store, 'policies' | 'policy' | 'putPolicy' | 'deletePolicy'> {
  const readPolicy = (entity: Entity): Policy => ({ name: String(entity['policyName']), allow: allowSchema.parse(unpack(entity, 'allow')) })
  const policy = async (name: string): Promise<Policy | undefined> => {
    const entity = await table.get(policyPartition, name.toLowerCase())
    return entity && readPolicy(entity)
  }
  const all = sharedRead(async (partition: string): Promise<readonly Policy[]> => {
    const policies: Policy[] = []
    for await (const entity of table.query(filter`PartitionKey eq ${partition}`)) policies.push(readPolicy(entity))
    return policies
  }, gatherMs)
  return {
    policy,
    policies: () => all(policyPartition),
    async putPolicy(next) {
      const before = await policy(next.name)
      if (before && canonical(before) === canonical(next)) return 'unchanged'
      const entity = {
        partitionKey: policyPartition,
        rowKey: next.name.toLowerCase(),
        policyName: next.name,
        ...pack('allow', next.allow),
      }
      await table.write([{ put: entity }]).finally(wrote)
      return before ? 'replaced' : 'created'
    },
    async deletePolicy(name) {
      const entity = await table.get(policyPartition, name.toLowerCase())
      if (!entity) return false
      await table.remove({ ...entity, etag: '*' }).finally(wrote)
      return true
    },
  }
}
