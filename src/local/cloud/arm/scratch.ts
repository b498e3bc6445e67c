// A world to be thrown away: what is written there has no effect. Silent no-ops run in it
// (https://github.com/Azure/AKS/issues/5856: accepted, `Succeeded` after two seconds, nothing changed).

import type { World } from '../world.ts'

/** Operations stay real, so that they can be polled. Rows are never changed in place, so copying the tables is enough. */
export function scratchOf(world: World): World {
  const copies = new Map<string, Map<string, unknown>>()
  return {
    ...world,
    table<T>(name: string): Map<string, T> {
      if (name === 'operations') return world.table<T>(name)
      let copy = copies.get(name)
      if (!copy) {
        copy = new Map<string, unknown>(world.table(name))
        copies.set(name, copy)
      }
      return copy as Map<string, T>
    },
    later() {},
  }
}
