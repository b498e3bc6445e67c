// What handlers write: spec and the loop's due time, in one entity; Kubernetes names are reserved first.

import { contended } from '../errors/contention.ts'
import { canonical } from '../model/canonical.ts'
import { type Connection, type ConnectionSpec, hasSameAuthor, linkerId } from '../model/connection.ts'
import { defined } from '../model/defined.ts'
import { type Evidence, nothing } from '../model/evidence.ts'
import { requestOf } from '../model/history.ts'
import { instanceOf, type Loop } from '../model/loop.ts'
import type { Installation } from '../model/view.ts'
import type { NameHolder } from '../ports/registry.ts'
import type { LoopRow, Touch } from '../ports/rows.ts'
import type { IsAllowed, Store } from '../ports/store.ts'
import { unpack } from './entity.ts'
import type { FactsCache } from './facts-cache.ts'
import { historyEntity } from './history.ts'
import { withKnownIdentity } from './known-identity.ts'
import type { LoopRows } from './loop-rows.ts'
import { finishedKey, loopRow, readLoop } from './rows.ts'
import { secretNames } from './secret-names.ts'
import { filter, type Table } from './table.ts'

type SpecStore = Pick<Store, 'desire' | 'nameHolder' | 'claimName' | 'remove' | 'touch' | 'rotate'>

export function specStore(table: Table, rows: LoopRows, cache: FactsCache, installation: Installation, now: () => number): SpecStore {
  const names = secretNames(table, rows.read, now)

  /** The row, and the last generation of earlier lives: generations continue from there, so that operation ids stay unique. */
  async function lifeOf(loop: Loop): Promise<{ readonly before?: LoopRow; readonly lastGeneration: number }> {
    let before: LoopRow | undefined
    let lastGeneration = 0
    const finished = filter`(RowKey ge ${finishedKey(0)} and RowKey lt ${'finished;'})`
    for await (const entity of table.query(`${filter`PartitionKey eq ${instanceOf(loop)} and (RowKey eq ${loopRow} or `}${finished})`)) {
      if (entity.rowKey === loopRow) before = readLoop(entity)
      else lastGeneration = Math.max(lastGeneration, unpack<{ generation: number }>(entity, 'finished')?.generation ?? 0)
    }
    return { ...(before ? { before } : {}), lastGeneration }
  }

  /** A connection that loses a name runs once more, and deletes what it may have under it. */
  async function claimName(connection: ConnectionSpec, isAllowed: IsAllowed, isNew = false): Promise<NameHolder> {
    const { holder, from } = await names.claim(connection, isAllowed, isNew)
    if (from) await store.touch(from, 'event')
    return holder
  }

  const store: SpecStore = {
    nameHolder: names.holder,
    claimName: (connection, isAllowed) => claimName(connection, isAllowed),

    async desire(input, isAllowed, { by, holds } = {}) {
      const loop: Loop<'connection'> = { kind: 'connection', key: input.key, id: linkerId(input.cluster.id, input.name) }
      return await contended(`store connection ${input.name}`, async () => {
        const { before, lastGeneration } = await lifeOf(loop)
        if (holds && !holds(before)) return { changedMeanwhile: true }
        const current = before?.removing ? undefined : before?.self
        const spec = await withKnownIdentity(input, current, table, installation)
        if (current) {
          const { generation, ...same } = current
          if (canonical(same) === canonical(spec)) return { generation, changed: false }
          if (!hasSameAuthor(current, spec) && (isAllowed(current) || !isAllowed(spec)))
            return { taken: `it is declared by ${current.origin} already` }
        }
        const holder = isAllowed(spec) ? await claimName(spec, isAllowed, before === undefined) : 'free'
        if (typeof holder === 'object') return holder
        const generation = (before?.self?.generation ?? lastGeneration) + 1
        const self: Connection = { ...spec, generation }
        const at = now()
        const after = {
          loop,
          createdAt: before?.createdAt ?? at,
          dueAt: at,
          auditAt: before?.auditAt ?? at,
          resync: before?.resync ?? 0,
          removing: false,
          self,
          desiredAt: at,
          authors: defined({ created: current ? before?.authors?.created : by, modified: by }),
        }
        const note = historyEntity(loop, requestOf(current, spec, at, by?.by), { life: after.createdAt, count: generation })
        const written = await rows.write({ ...after, ...(before ? { etag: before.etag, ...indexedIn(before) } : {}) }, [{ put: note }])
        if (written !== 'conflict') cache.made(loop, written.get(loopRow) ?? '')
        if (written === 'conflict') return 'conflict'
        return { generation, changed: true, ...(before ? {} : { made: { ...after, etag: written.get(loopRow) ?? '' } }) }
      })
    },

    async remove(connection, { by, holds } = {}) {
      return await contended('store that the connection is to be removed', async () => {
        const before = await rows.read(connection)
        if (!before?.self) return undefined
        if (holds && !holds(before)) return { changedMeanwhile: true }
        if (before.removing) return { generation: before.self.generation, changed: false }
        const self = { ...before.self, generation: before.self.generation + 1 }
        const at = now()
        const authors = defined({ created: before.authors?.created, modified: by })
        const after = { ...before, self, removing: true, dueAt: at, desiredAt: at, authors }
        const note = historyEntity(connection, requestOf(before.self, undefined, at, by?.by), {
          life: before.createdAt,
          count: self.generation,
        })
        const written = await rows.write(after, [{ put: note }])
        return written === 'conflict' ? 'conflict' : { generation: self.generation, changed: true }
      })
    },

    async rotate(target, overlapMs, after) {
      return await contended('store that keys are to be rotated', async () => {
        const before = await rows.read(target)
        if (!before) return 'absent'
        if (before.rotation?.at !== after?.at) return 'another'
        // Clocks can stand still or go back, and a rotation is known by its moment.
        const at = Math.max(now(), (before.rotation?.at ?? 0) + 1)
        const rotation = { at, overlapMs }
        return (await rows.write({ ...before, rotation, dueAt: Math.min(before.dueAt, now()) })) === 'conflict' ? 'conflict' : rotation
      })
    },

    async touch(loop, why: Touch, how) {
      return await contended(`make the ${loop.kind} loop due`, async () => {
        const before = how?.make ? await rows.latest(loop) : (rows.known(loop)?.row ?? (await rows.read(loop)))
        if (!before && how?.make === undefined) return 'absent'
        const at = now()
        const dueAt = how?.at ?? at
        const resyncs = why === 'event' || why === 'audit' || why === 'manual' ? 1 : 0
        const changes = defined({
          requestedAt: why === 'manual' ? at : undefined,
          writer: how?.writer === undefined ? undefined : { app: how.writer, at },
          listed: how?.listed && noted(before?.listed, how.listed),
        })
        // Always written, even if it is already due: a loop that is about to sleep on what it read must be refused.
        const next = before
          ? { ...before, ...changes, dueAt: Math.min(before.dueAt, dueAt), resync: before.resync + resyncs }
          : { loop, createdAt: at, dueAt, auditAt: at, resync: 0, removing: false }
        const written = await rows.write(next)
        if (written === 'conflict') return 'conflict'
        if (before && how?.changedLoop) cache.moved(loop, before.etag, written.get(loopRow), [how.changedLoop])
        return dueAt <= at && (before === undefined || before.dueAt > at) ? 'wake' : 'no wake'
      })
    },
  }
  return store
}

/** A list that has nothing of the loop any more is forgotten: an identity can have had ServiceAccounts in many clusters. */
const noted = (before: Evidence | undefined, listed: Evidence): Evidence =>
  Object.fromEntries(Object.entries({ ...before, ...listed }).filter(([, digest]) => digest !== nothing))

const indexedIn = ({ indexed }: LoopRow) => (indexed ? { indexed } : {})
