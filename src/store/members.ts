// Memberships: which connections a loop counts. Joining writes member row and loop row in one transaction, so that no member is
// ever without a loop that is due to serve it.
import { type Connection, loopsOf, type Stage } from '../domain/connection.ts'
import { instanceOf, type Loop } from '../domain/loop.ts'
import { contended } from '../errors/contention.ts'
import type { LoopRow, Store } from '../steps/store.ts'
import type { LoopRows, NextRow } from './loop-rows.ts'
import { loopRow, memberEntity, memberKey, readMember } from './rows.ts'
import type { Surroundings } from './surroundings.ts'
import type { Table } from './table.ts'

type MemberStore = Pick<Store, 'membership' | 'join' | 'leave' | 'left'>

export function memberStore(table: Table, rows: LoopRows, around: Surroundings, touch: Store['touch'], now: () => number): MemberStore {
  async function both(connection: Pick<Loop, 'key'>, loop: Loop) {
    const partition = instanceOf(loop)
    const [member, row] = await Promise.all([table.get(partition, memberKey(connection)), rows.latest(loop)])
    return { member, memberBefore: member && readMember(member), row }
  }

  const due = (loop: Loop, before: LoopRow | undefined): NextRow => {
    const at = now()
    return before
      ? { ...before, dueAt: Math.min(before.dueAt, at) }
      : { loop, createdAt: at, dueAt: at, auditAt: at, look: 0, removing: false }
  }

  return {
    async membership(connection, loop) {
      const entity = await table.get(instanceOf(loop), memberKey(connection))
      const member = entity && readMember(entity)
      if (!member) return undefined
      const { connection: joined, leavingSince, stage } = member
      return { generation: joined.generation, leaving: leavingSince !== undefined, ...(stage ? { stage } : {}) }
    },

    async join(connection: Connection, loop, stage?: Stage) {
      return await contended(`join the ${loop.kind} loop`, async () => {
        const { member, memberBefore, row } = await both(connection, loop)
        // A ghost with an older generation never overwrites a newer one.
        if (memberBefore && memberBefore.connection.generation > connection.generation) return { wake: false }
        const isFull = memberBefore && memberBefore.stage === undefined && memberBefore.leavingSince === undefined
        if (isFull && stage === 'reading' && memberBefore.connection.generation === connection.generation) return { wake: false }
        const entity = memberEntity(loop, { connection, ...(stage ? { stage } : {}) })
        const write = member ? { replace: entity, etag: member.etag ?? '' } : { insert: entity }
        const written = await rows.write(due(loop, row), [write])
        if (written === 'conflict') return 'conflict'
        // Of a loop that is new, there is nothing that it could have missed.
        if (row) {
          around.moved(loop, row.etag, written.get(loopRow), loopsOf(connection))
          around.forget({ kind: 'connection', key: connection.key })
        }
        return { wake: row === undefined || row.dueAt > now() }
      })
    },

    async leave(connection, loop) {
      await contended(`leave the ${loop.kind} loop`, async () => {
        const { member, memberBefore, row } = await both(connection, loop)
        if (!member || !memberBefore || memberBefore.leavingSince !== undefined) return undefined
        const entity = memberEntity(loop, { ...memberBefore, leavingSince: now() })
        const written = await rows.write(due(loop, row), [{ replace: entity, etag: member.etag ?? '' }])
        return written === 'conflict' ? 'conflict' : undefined
      })
    },

    async left(loop, member) {
      const { member: entity, memberBefore } = await both(member.connection, loop)
      if (entity && memberBefore?.leavingSince !== undefined) {
        // The etag guards a member that came back meanwhile.
        if ((await table.remove(entity)) === 'conflict') return
      }
      const connection: Loop = { kind: 'connection', key: member.connection.key, id: '' }
      // A look, not merely a wake: check-consent waits for this very moment, and would sleep on until its own time.
      await touch(connection, 'event')
    },
  }
}
