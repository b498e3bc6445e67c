// Draws some of many, the same for the same seed.
export function drawn<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  if (count >= all.length) return all
  const left = [...all]
  const some: T[] = []
  let state = seed
  while (some.length < count) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // a linear congruential generator, its high bits
    some.push(...left.splice(Math.floor((state / 2 ** 32) * left.length), 1))
  }
  return some
}
