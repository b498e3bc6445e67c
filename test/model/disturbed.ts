// Answers with one field of another type or value, for tests by generators.
import fc from 'fast-check'

/** Stands where no message may repeat it. */
export const secret = 'hunter2-Q~secret'

type Path = readonly (string | number)[]
const pathsIn = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, [...path, Array.isArray(value) ? Number(name) : name]))]
    : [path]
function replaced(value: unknown, [first, ...rest]: Path, by: unknown): unknown {
  if (first === undefined) return by
  const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) }
  Reflect.set(Object(copy), first, replaced(Reflect.get(Object(value), first), rest, by))
  return copy
}
const anything = fc.oneof(fc.constantFrom(null, true, 0, '', secret, [], {}, [secret], [null], { properties: secret }), fc.jsonValue())
/** One field of the answer is something else. */
export const disturbed = (answer: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...pathsIn(answer).filter(({ length }) => length > 0)), anything).map(([path, by]) => replaced(answer, path, by))

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
const ofEachType: readonly unknown[] = [true, 0, secret, { [secret]: 1 }, [1]]

/** One field of the answer has another type, and is there. */
export const mistyped = (answer: unknown): fc.Arbitrary<unknown> =>
  fc.constantFrom(...pathsIn(answer).filter(({ length }) => length > 0)).chain((path) => {
    const before = path.reduce<unknown>((inside, part) => Reflect.get(Object(inside), part), answer)
    return fc.constantFrom(...ofEachType.filter((one) => typeOf(one) !== typeOf(before))).map((by) => replaced(answer, path, by))
  })
