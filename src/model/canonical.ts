// Equality of plain values, whatever the order of their keys.

/** JSON with sorted keys and without `undefined`: equal values are equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

export const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
