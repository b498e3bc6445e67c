// What is wrong with something that somebody wrote, and how to write it. The text that is complained of is hostile.
export type ValidationIssue = {
  /** As the author knows it: `properties.clientType`, `client`. */
  readonly field: string
  readonly wrong: string
  readonly write: string
}

export type Read<T> = { readonly value: T } | { readonly issues: readonly ValidationIssue[] }

/** Hostile text for a message: short, without control or format characters. */
export const sanitize = (text: string): string => {
  const clean = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > 80 ? `${[...clean].slice(0, 80).join('')}…` : clean
}
