// An object without the properties that are undefined: where a type says `x?: number`, `undefined` is no value of x (exactOptionalPropertyTypes).

type MaybeUndefined<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]

export type Defined<T> = Omit<T, MaybeUndefined<T>> & { [K in MaybeUndefined<T>]?: Exclude<T[K], undefined> }

export const defined = <T extends object>(object: T): Defined<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>
