// Memberships: which connections a loop counts. Joining writes member row and loop row in one transaction, so that a member always has a loop that is
// due to serve it. Nothing is read first: what this instance wrote last is known, and otherwise no member is assumed. If that is wrong the write is
// refused, and then both rows are read.

import { contended } from '../errors/contention.ts'
import { type Connection, loopsOf, type Stage } from '../model/connection.ts'
import { instanceOf, type Loop } from '../model/loop.ts'
import type { LoopRow, Member, Membership } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import type { Entity } from './entity.ts'
import type { FactsCache } from './facts-cache.ts'
import type { LoopRows, NextRow } from './loop-rows.ts'
import { loopRow, memberEntity, memberKey, readMember } from './rows.ts'
import type { Table } from './table.ts'

type MemberStore = Pick<Store, 'membership' | 'join' | 'leave' | 'removeMember'>
type Both = { readonly member: Entity | undefined; readonly memberBefore: Member | undefined; readonly row: LoopRow | undefined }

/** Member rows at a time; the oldest is evicted first. */
const most = 5_000

export function memberStore(table: Table, rows: LoopRows, cache: FactsCache, touch: Store['touch'], now: () => number): MemberStore {
  const written = new Map<string, Entity>()
  const nameOf = (connection: Pick<Loop, 'key'>, loop: Loop): string => `${instanceOf(loop)} ${connection.key}`
  const remember = (name: string, entity: Entity): void => {
    written.delete(name)
    written.set(name, entity)
    const [eldest] = written.keys()
    if (written.size > most && eldest !== undefined) written.delete(eldest)
  }

  async function read(connection: Pick<Loop, 'key'>, loop: Loop): Promise<Entity | undefined> {
    const entity = await table.get(instanceOf(loop), memberKey(connection))
    if (entity) remember(nameOf(connection, loop), entity)
    else written.delete(nameOf(connection, loop))
    return entity
  }
  const both = async (member: Promise<Entity | undefined>, loop: Loop): Promise<Both> => {
    const [entity, row] = await Promise.all([member, rows.latest(loop)])
    return { member: entity, memberBefore: entity && readMember(entity), row }
  }

  const due = (loop: Loop, before: LoopRow | undefined): NextRow => {
    const at = now()
    return before
      ? { ...before, dueAt: Math.min(before.dueAt, at) }
      : { loop, createdAt: at, dueAt: at, auditAt: at, resync: 0, removing: false }
  }

  /** `undefined`: nothing is written, because a newer row exists. */
  async function put(connection: Connection, loop: Loop, stage: Stage | undefined, { member, memberBefore, row }: Both) {
    // A stale attempt with an older generation never overwrites a newer one.
    if (memberBefore && memberBefore.connection.generation > connection.generation) return undefined
    const isFull = memberBefore && memberBefore.stage === undefined && memberBefore.leavingSince === undefined
    if (isFull && stage === 'reading' && memberBefore.connection.generation === connection.generation) return undefined
    const entity = memberEntity(loop, { connection, ...(stage ? { stage } : {}) })
    const done = await rows.write(due(loop, row), [member ? { replace: entity, etag: member.etag ?? '' } : { insert: entity }])
    if (done === 'conflict') return 'conflict'
    remember(nameOf(connection, loop), { ...entity, etag: done.get(entity.rowKey) ?? '' })
    const isNew = memberBefore === undefined || memberBefore.leavingSince !== undefined
    cache.joined({ kind: 'connection', key: connection.key }, loop, loopsOf(connection), {
      ...(row ? { from: row.etag } : {}),
      to: done.get(loopRow) ?? '',
      isNew,
    })
    return {
      wake: row === undefined || row.dueAt > now(),
      membership: { generation: connection.generation, leaving: false, ...staged(stage) },
    }
  }

  return {
    async membership(connection, loop) {
      const entity = await read(connection, loop)
      return entity && membershipOf(readMember(entity))
    },

    async join(connection, loop, stage) {
      let guess: Entity | undefined | 'read' = written.get(nameOf(connection, loop))
      return await contended(`join the ${loop.kind} loop`, async () => {
        const expected = guess === 'read' ? read(connection, loop) : Promise.resolve(guess)
        const isRead = guess === 'read'
        guess = 'read'
        const before = await both(expected, loop)
        const done = await put(connection, loop, stage, before)
        if (done) return done
        // Only a read can establish that there is nothing to do.
        return isRead && before.memberBefore ? { wake: false, membership: membershipOf(before.memberBefore) } : 'conflict'
      })
    },

    async leave(connection, loop, how) {
      await contended(`leave the ${loop.kind} loop`, async () => {
        const { member, memberBefore, row } = await both(read(connection, loop), loop)
        if (!member || !memberBefore || memberBefore.leavingSince !== undefined) return undefined
        const entity = memberEntity(loop, { ...memberBefore, ...how, leavingSince: now() })
        const done = await rows.write(due(loop, row), [{ replace: entity, etag: member.etag ?? '' }])
        written.delete(nameOf(connection, loop))
        return done === 'conflict' ? 'conflict' : undefined
      })
    },

    async removeMember(loop, member) {
      const entity = await read(member.connection, loop)
      written.delete(nameOf(member.connection, loop))
      // The etag guards a member that came back meanwhile.
      if (entity && readMember(entity).leavingSince !== undefined && (await table.remove(entity)) === 'conflict') return
      const connection: Loop = { kind: 'connection', key: member.connection.key, id: '' }
      // An event, not just a wake: check-consent waits for this moment, and would otherwise sleep until its own time.
      await touch(connection, 'event')
    },
  }
}

const staged = (stage: Stage | undefined) => (stage ? { stage } : {})

const membershipOf = ({ connection, leavingSince, stage }: Member): Membership => ({
  generation: connection.generation,
  leaving: leavingSince !== undefined,
  ...staged(stage),
})
