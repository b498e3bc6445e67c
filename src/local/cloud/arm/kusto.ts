// A small, honest part of Resource Graph's query language: where, extend, project, mv-expand of tags, union with one table, order by, take
// (https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language). Anything else throws and says so.

import { comparisons, functions, NotSimulated, type Token, text, tokensOf } from './kusto-words.ts'

export { NotSimulated }

export type Row = Readonly<Record<string, unknown>>
type Read = (row: Row) => unknown
type Stage = (rows: readonly Row[]) => readonly Row[]

/** What a query answers, and whether it has `limit` or `take` (paging is off then). */
export function parseQuery(query: string): { readonly run: Stage; readonly limited: boolean; readonly projects?: readonly string[] } {
  const [table = '', ...stages] = stagesOf(query.replace(/\/\/.*$/gm, ''))
  const from = tableNamed(table)
  const parsed = stages.map((stage) => ({ parsed: parseStage(stage), leg: legOf(stage) }))
  const projects = parsed.findLast((stage) => stage.parsed.names)?.parsed.names
  return {
    run: (rows) => parsed.reduce((now, { parsed, leg }) => (leg ? now.concat(leg(rows)) : parsed.run(now)), from(rows)),
    limited: stages.some((stage) => /^(take|limit)\b/i.test(stage)),
    ...(projects ? { projects } : {}),
  }
}

/** Parts between pipes, but for those in parentheses. */
function stagesOf(query: string): readonly string[] {
  let depth = 0
  const stages = ['']
  for (const letter of query) {
    if (letter === '(') depth++
    if (letter === ')') depth--
    if (letter === '|' && depth === 0) stages.push('')
    else stages.push(`${stages.pop()}${letter}`)
  }
  return stages.map((stage) => stage.trim())
}

const authorization = 'microsoft.authorization/'

function tableNamed(table: string): Stage {
  const inAuthorization = (row: Row): boolean => text(row['type']).toLowerCase().startsWith(authorization)
  if (table.toLowerCase() === 'resources') return (rows) => rows.filter((row) => !inAuthorization(row))
  if (table.toLowerCase() === 'authorizationresources') return (rows) => rows.filter(inAuthorization)
  throw new NotSimulated(`The table '${table}' is not simulated: only 'resources' and 'authorizationresources' are.`)
}

/** `union (table | …)`: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language#supported-tabulartop-level-operators */
function legOf(stage: string): Stage | undefined {
  const [, inner] = /^union\s*\(([\s\S]*)\)$/i.exec(stage) ?? []
  return inner === undefined ? undefined : parseQuery(inner).run
}

function parseStage(stage: string): { readonly run: Stage; readonly names?: readonly string[] } {
  if (legOf(stage)) return { run: (rows) => rows }
  const rest = tokensOf(stage)
  const words = createReader(rest)
  const operator = words.word()
  if (operator === 'where') {
    const test = words.either()
    words.end()
    return { run: (rows) => rows.filter((row) => test(row) === true) }
  }
  if (operator === 'project' || operator === 'extend') {
    const columns = words.columns()
    const read = (row: Row): Row => Object.fromEntries(columns.map(([name, value]) => [name, value(row)]))
    if (operator === 'extend') return { run: (rows) => rows.map((row) => ({ ...row, ...read(row) })) }
    return { run: (rows) => rows.map(read), names: columns.map(([name]) => name) }
  }
  if (operator === 'mv-expand') {
    const [[name, value] = ['', () => []]] = words.columns(1)
    if (
      rest
        .splice(0, 3)
        .map((one) => one.value)
        .join('') !== 'kind=array'
    )
      throw new NotSimulated('mv-expand needs kind=array here.')
    words.end()
    const pairs = (row: Row): unknown[] => Object.entries((value(row) ?? {}) as object)
    return { run: (rows) => rows.flatMap((row) => pairs(row).map((pair) => ({ ...row, [name]: pair }))) }
  }
  if (operator === 'order' || operator === 'sort') {
    words.word('by')
    const keys = words.orders()
    return { run: (rows) => rows.toSorted((a, b) => keys.map((key) => key(a, b)).find((order) => order !== 0) ?? 0) }
  }
  if (operator === 'take' || operator === 'limit') {
    const count = Number(rest.shift()?.value)
    words.end()
    return { run: (rows) => rows.slice(0, count) }
  }
  throw new NotSimulated(`The operator '${operator}' is not simulated.`)
}

function createReader(rest: Token[]) {
  const accept = (...values: string[]): string | undefined => {
    const next = rest[0]
    if (next === undefined || next.kind === 'text' || !values.includes(next.value.toLowerCase())) return undefined
    return rest.shift()?.value.toLowerCase()
  }
  const need = (value: string): void => {
    if (accept(value) === undefined) throw new NotSimulated(`'${value}' is expected before '${rest[0]?.value ?? 'the end'}'.`)
  }
  const joined = (word: string, one: () => Read, join: (parts: readonly unknown[]) => boolean): Read => {
    const parts = [one()]
    while (accept(word) !== undefined) parts.push(one())
    const [only] = parts
    return parts.length === 1 && only ? only : (row) => join(parts.map((part) => part(row) === true))
  }
  const either = (): Read => joined('or', both, (parts) => parts.includes(true))
  const both = (): Read => joined('and', compared, (parts) => !parts.includes(false))

  const compared = (): Read => {
    const left = value()
    if (accept('in~') !== undefined) {
      need('(')
      const among = [value()]
      while (accept(',') !== undefined) among.push(value())
      need(')')
      return (row) => among.some((one) => text(one(row)).toLowerCase() === text(left(row)).toLowerCase())
    }
    const operator = accept(...Object.keys(comparisons))
    if (operator === undefined) return left
    const compare = comparisons[operator]
    if (!compare) throw new NotSimulated(`The comparison '${operator}' is not simulated.`)
    const right = value()
    return (row) => compare(left(row), right(row))
  }

  const value = (): Read => {
    if (accept('(') !== undefined) {
      const inner = either()
      need(')')
      return inner
    }
    const next = rest.shift()
    if (next === undefined || next.kind === 'sign') throw new NotSimulated(`A value is expected instead of '${next?.value ?? 'the end'}'.`)
    if (next.kind !== 'word') return () => (next.kind === 'number' ? Number(next.value) : next.value)
    if (accept('(') === undefined) return path((row) => row[next.value])
    const inner = either()
    need(')')
    if (next.value === 'not') return (row) => inner(row) !== true
    const call = functions[next.value.toLowerCase()]
    if (!call) throw new NotSimulated(`The function '${next.value}' is not simulated.`)
    return (row) => call(inner(row))
  }

  /** `.name`, `['name']` and `[0]` after a value. */
  const path = (from: Read): Read => {
    let key: string | undefined
    if (accept('.') !== undefined) key = rest.shift()?.value
    else if (accept('[') !== undefined) {
      key = rest.shift()?.value
      need(']')
    }
    if (key === undefined) return from
    const name = key
    return path((row) => (from(row) as Record<string, unknown> | undefined | null)?.[name])
  }

  const column = (): readonly [string, Read] => {
    const [first, second] = rest
    if (first?.kind === 'word' && second?.kind === 'sign' && second.value === '=') {
      rest.splice(0, 2)
      return [first.value, either()]
    }
    if (first?.kind !== 'word') throw new NotSimulated(`A column is expected instead of '${first?.value ?? 'the end'}'.`)
    return [first.value, either()]
  }

  const end = (): void => {
    if (rest.length > 0) throw new NotSimulated(`Not understood from '${rest[0]?.value}' on.`)
  }

  return {
    end,
    either,
    word(wanted?: string): string {
      const next = rest.shift()
      if (next?.kind !== 'word' || (wanted !== undefined && next.value.toLowerCase() !== wanted))
        throw new NotSimulated(`'${wanted ?? 'An operator'}' is expected instead of '${next?.value ?? 'the end'}'.`)
      return next.value.toLowerCase()
    },
    columns(most = Number.POSITIVE_INFINITY): (readonly [string, Read])[] {
      const found = [column()]
      while (found.length < most && accept(',') !== undefined) found.push(column())
      if (most === Number.POSITIVE_INFINITY) end()
      return found
    },
    orders(): ((a: Row, b: Row) => number)[] {
      const found: ((a: Row, b: Row) => number)[] = []
      do {
        const read = value()
        // descending is the language's default
        const sign = accept('asc', 'desc') === 'asc' ? 1 : -1
        found.push((a, b) => sign * (text(read(a)) < text(read(b)) ? -1 : text(read(a)) > text(read(b)) ? 1 : 0))
      } while (accept(',') !== undefined)
      end()
      return found
    },
  }
}
