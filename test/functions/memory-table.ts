// Table Storage in memory, behind the port that the store uses: etags, transactions, and the few filters that the store writes. With the
// store's own code on top, handlers are tested against the real store, without Azurite.
import type { Installation } from '../../src/model/view.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Entity } from '../../src/store/entity.ts'
import { openStore } from '../../src/store/store.ts'
import type { Table } from '../../src/store/table.ts'

export type MemoryTable = Table & {
  /** How many write transactions were carried out. */
  readonly writes: () => number
  /** Every later call fails, as an unreachable service does. */
  breakDown(): void
}

export function memoryTable(): MemoryTable {
  const rows = new Map<string, Entity>()
  let writes = 0
  let version = 0
  let broken = false
  const at = (entity: Pick<Entity, 'partitionKey' | 'rowKey'>): string => `${entity.partitionKey}\n${entity.rowKey}`
  const works = (): void => {
    if (broken) throw new Error('connect ECONNREFUSED')
  }
  const copy = (entity: Entity): Entity => structuredClone(entity)
  return {
    writes: () => writes,
    breakDown() {
      broken = true
    },
    async get(partitionKey, rowKey) {
      works()
      const found = rows.get(at({ partitionKey, rowKey }))
      return found && copy(found)
    },
    async *query(filter) {
      works()
      const passes = compiled(filter)
      const found = [...rows.entries()].filter(([, entity]) => passes(entity)).sort(([a], [b]) => (a < b ? -1 : 1))
      for (const [, entity] of found) yield copy(entity)
    },
    async write(changes) {
      works()
      const refused = changes.some((change) => {
        if ('insert' in change) return rows.has(at(change.insert))
        if ('replace' in change) return rows.get(at(change.replace))?.etag !== change.etag
        return 'remove' in change && !rows.has(at(change.remove))
      })
      if (refused) return 'conflict'
      writes++
      const etags = new Map<string, string>()
      for (const change of changes) {
        if ('remove' in change) rows.delete(at(change.remove))
        else {
          const entity = 'put' in change ? change.put : 'insert' in change ? change.insert : change.replace
          const etag = `W/"${++version}"`
          rows.set(at(entity), copy({ ...entity, etag }))
          etags.set(entity.rowKey, etag)
        }
      }
      return etags
    },
    async remove(entity) {
      works()
      const found = rows.get(at(entity))
      if (found && entity.etag !== undefined && entity.etag !== '*' && found.etag !== entity.etag) return 'conflict'
      if (found) writes++
      rows.delete(at(entity))
      return 'removed'
    },
  }
}

export const memoryStore = (installation: Installation, now: () => number, table: Table = memoryTable()): Store =>
  openStore(table, installation, now)

const operators: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  eq: (a, b) => a === b,
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  lt: (a, b) => a < b,
  ne: (a, b) => a !== b,
}
const names: Readonly<Record<string, string>> = { PartitionKey: 'partitionKey', RowKey: 'rowKey' }

type Test = (entity: Entity) => boolean

/** Comparisons of texts, `and`, `or` and brackets: all that the store writes; anything else is an error of the test. */
function compiled(filter: string): Test {
  const tokens = filter.match(/'(?:[^']|'')*'|[()]|[^\s()]+/g) ?? []
  let at = 0
  const next = (): string => tokens[at++] ?? ''
  const unknown = (): Error => new Error(`Not a filter that the memory table knows: ${filter}`)

  const joined = (word: 'and' | 'or', part: () => Test): Test => {
    const parts = [part()]
    while (tokens[at] === word) {
      at++
      parts.push(part())
    }
    return (entity) => (word === 'and' ? parts.every((test) => test(entity)) : parts.some((test) => test(entity)))
  }
  const either = (): Test => joined('or', both)
  const both = (): Test => joined('and', one)
  const one = (): Test => {
    const name = next()
    if (name === '(') {
      const inner = either()
      if (next() !== ')') throw unknown()
      return inner
    }
    const compare = operators[next()]
    const quoted = next()
    if (!compare || !quoted.startsWith("'")) throw unknown()
    const text = quoted.slice(1, -1).replaceAll("''", "'")
    return (entity) => {
      const property = entity[names[name] ?? name]
      return typeof property === 'string' && compare(property, text)
    }
  }

  const test = filter === '' ? () => true : either()
  if (at !== tokens.length) throw unknown()
  return test
}
