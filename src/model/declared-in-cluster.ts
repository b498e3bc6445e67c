/**
 * A key of a ConfigMap that declares a connection of its own namespace. `words`: its value, as in a tag. `cut`: there was no room for it, nor for so many
 * more of its namespace.
 */
export type DeclaredInCluster = {
  readonly namespace: string
  readonly configMap: string
  readonly key: string
  readonly words: string
  readonly cut?: number
}

/** More in one cluster are not read: the facts of a loop are one row. */
export const mostDeclared = 500
/** A longer value is not a declaration. */
export const longestWords = 1024
