// What a statement answers, whatever the protocol: rows, or that it is done.

export type Cell = string | number | boolean | null
export type Answer = { readonly columns: readonly string[]; readonly rows: readonly (readonly Cell[])[] } | 'done'

/** One column. */
export const column = (name: string, cells: readonly Cell[]): Answer => ({ columns: [name], rows: cells.map((one) => [one]) })
