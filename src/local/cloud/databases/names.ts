// Names and texts in statements, as patterns and as what they stand for.

export type Quoting = {
  /** Pattern of a name, in one group. */
  readonly name: string
  unquoted(word: string): string
}

const quotedWith = (quote: string, plain: (word: string) => string): Quoting => ({
  name: `(${quote}(?:[^${quote}]|${quote}${quote})+${quote}|[A-Za-z_][\\w$]*)`,
  unquoted: (word) => (word.startsWith(quote) ? word.slice(1, -1).replaceAll(quote + quote, quote) : plain(word)),
})

/** Folded to lower case unless it is quoted. */
export const postgresNames = quotedWith('"', (word) => word.toLowerCase())
export const mysqlNames = quotedWith('`', (word) => word)
