// What stands in servers of databases and not in ARM: rows by the ARM id of the server, or of the database. It goes with the resource: one that is made again
// under its id is empty.
import { isWithin, keyOf } from '../arm/ids.ts'
import type { World } from '../world.ts'

const names = ['sql-databases', 'postgres-servers', 'postgres-databases', 'mysql-servers', 'mysql-databases'] as const

export const dataOf = <T>(world: World, name: (typeof names)[number]): Map<string, T> => world.table<T>(name)

export function removeDataWithin(world: World, id: string): void {
  for (const table of names.map((name) => dataOf(world, name)))
    for (const key of [...table.keys()]) if (isWithin(key, id)) table.delete(key)
}

/** The resource has another id now. What is in it may come again, one by one. */
export function moveData(world: World, before: string, after: string): void {
  for (const table of names.map((name) => dataOf(world, name))) {
    for (const [key, row] of [...table]) {
      if (!isWithin(key, before)) continue
      table.delete(key)
      table.set(keyOf(after) + key.slice(keyOf(before).length), row)
    }
  }
}
