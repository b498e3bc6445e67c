// What is wrong with some input, and how to write it. The quoted input is hostile.
export type ValidationIssue = {
  /** As the author knows it: `properties.clientType`, `client`. */
  readonly field: string
  readonly message: string
  readonly hint: string
}

export type Read<T> = { readonly value: T } | { readonly issues: readonly ValidationIssue[] }

/** Makes hostile text safe for a message: short, without control or format characters. */
export const sanitize = (text: string, most = 80): string => {
  const clean = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > most ? `${[...clean].slice(0, most).join('')}…` : clean
}
