// The task hub in SQLite. Every change is one transaction, and whatever is to happen next is a row: an inbox message that becomes
// visible, an activity that is to run. So a process killed between any two commits goes on from the rows alone.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { HistoryEvent, RuntimeStatus } from './history.ts'

export type Instance = {
  readonly id: string
  readonly executionId: string
  readonly name: string
  readonly status: RuntimeStatus
  readonly generation: number
  /** JSON text, as given at the start. */
  readonly input: string | null
  readonly output: string | null
  readonly customStatus: string | null
  readonly created: number
  readonly updated: number
}

/** A message for an orchestration: the history event that it will become. */
export type Message = {
  readonly number: number
  readonly executionId: string | null
  readonly visibleAt: number
  readonly event: HistoryEvent
}
export type NewMessage = Omit<Message, 'number'> & { readonly instanceId: string }

export type Activity = {
  readonly instanceId: string
  readonly executionId: string
  readonly taskId: number
  readonly name: string
  readonly input: string
  /** Under way, or lost in a crash, until then. */
  readonly lockedUntil: number
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists instances (
    id text primary key, executionId text not null, name text not null, status text not null, generation integer not null,
    input text, output text, customStatus text, created integer not null, updated integer not null) strict;
  create table if not exists history (
    instanceId text not null, number integer not null, event text not null, primary key (instanceId, number)) strict, without rowid;
  create table if not exists inbox (
    number integer primary key autoincrement, instanceId text not null, executionId text, visibleAt integer not null, event text not null) strict;
  create index if not exists inboxOf on inbox (instanceId, visibleAt);
  create table if not exists activities (
    instanceId text not null, executionId text not null, taskId integer not null, name text not null, input text not null,
    lockedUntil integer not null, primary key (instanceId, executionId, taskId)) strict, without rowid;
  create table if not exists timers (
    name text primary key, last text not null, next text not null, lastUpdated text not null) strict;`

export type TimerStatus = { readonly name: string; readonly last: string; readonly next: string; readonly lastUpdated: string }

export type InstanceFilter = {
  readonly statuses: readonly RuntimeStatus[]
  readonly createdFrom?: number | undefined
  readonly createdTo?: number | undefined
  readonly prefix?: string | undefined
}

export type Store = ReturnType<typeof openStore>

export const openStore = (file: string, onCommit: (what: string) => void) => {
  const db = new DatabaseSync(file)
  db.exec(schema)
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, known)
    return known
  }
  const run = (sql: string, ...values: SQLInputValue[]) => statement(sql).run(...values)
  const rows = <Row>(sql: string, ...values: SQLInputValue[]): Row[] => statement(sql).all(...values) as Row[]
  const message = (row: Record<string, unknown>): Message => ({
    ...(row as Message),
    event: JSON.parse(String(row['event'])) as HistoryEvent,
  })

  return {
    /** One transaction. What throws inside leaves everything as it was. */
    commit<T>(what: string, change: () => T): T {
      db.exec('begin immediate')
      let result: T
      try {
        result = change()
        db.exec('commit')
      } catch (error) {
        db.exec('rollback')
        throw error
      }
      onCommit(what)
      return result
    },
    close: () => db.close(),

    instance: (id: string): Instance | undefined => rows<Instance>('select * from instances where id = ?', id)[0],
    instances: (filter: InstanceFilter): Instance[] =>
      rows<Instance>('select * from instances order by id').filter(
        ({ id, status, created }) =>
          (filter.statuses.length === 0 || filter.statuses.includes(status)) &&
          created >= (filter.createdFrom ?? Number.NEGATIVE_INFINITY) &&
          created <= (filter.createdTo ?? Number.POSITIVE_INFINITY) &&
          id.startsWith(filter.prefix ?? ''),
      ),
    putInstance: (it: Instance) =>
      run(
        'insert or replace into instances values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[it.id, it.executionId, it.name, it.status, it.generation, it.input, it.output, it.customStatus, it.created, it.updated],
      ),
    deleteInstance(id: string): void {
      run('delete from instances where id = ?', id)
      for (const table of ['history', 'inbox', 'activities']) run(`delete from ${table} where instanceId = ?`, id)
    },

    history: (id: string): HistoryEvent[] =>
      rows<{ event: string }>('select event from history where instanceId = ? order by number', id).map(
        ({ event }) => JSON.parse(event) as HistoryEvent,
      ),
    appendHistory(id: string, from: number, events: readonly HistoryEvent[]): void {
      run('delete from history where instanceId = ? and number >= ?', id, from)
      for (const [offset, event] of events.entries()) run('insert into history values (?, ?, ?)', id, from + offset, JSON.stringify(event))
    },

    send: (it: NewMessage) =>
      run(
        'insert into inbox (instanceId, executionId, visibleAt, event) values (?, ?, ?, ?)',
        it.instanceId,
        it.executionId,
        it.visibleAt,
        JSON.stringify(it.event),
      ),
    visible: (id: string, now: number): Message[] =>
      rows<Record<string, unknown>>('select * from inbox where instanceId = ? and visibleAt <= ? order by visibleAt, number', id, now).map(
        message,
      ),
    consume: (number: number) => run('delete from inbox where number = ?', number),
    /** Timers of an execution that is over: they are never read again. */
    dropMessagesOf: (id: string, executionId: string) => run('delete from inbox where instanceId = ? and executionId = ?', id, executionId),
    waitingMessages: () => rows<{ instanceId: string; visibleAt: number }>('select distinct instanceId, visibleAt from inbox'),
    nextVisible: (id: string): number | undefined =>
      rows<{ at: number | null }>('select min(visibleAt) as at from inbox where instanceId = ?', id)[0]?.at ?? undefined,

    activities: (): Activity[] => rows<Activity>('select * from activities'),
    putActivity: (it: Activity) =>
      run(
        'insert or replace into activities values (?, ?, ?, ?, ?, ?)',
        it.instanceId,
        it.executionId,
        it.taskId,
        it.name,
        it.input,
        it.lockedUntil,
      ),
    /** False when the row is gone: the instance was purged or restarted, and the result has no waiter. */
    deleteActivity: (it: Activity): boolean =>
      run('delete from activities where instanceId = ? and executionId = ? and taskId = ?', it.instanceId, it.executionId, it.taskId)
        .changes > 0,

    timer: (name: string): TimerStatus | undefined => rows<TimerStatus>('select * from timers where name = ?', name)[0],
    putTimer: (it: TimerStatus) => run('insert or replace into timers values (?, ?, ?, ?)', it.name, it.last, it.next, it.lastUpdated),
  }
}
