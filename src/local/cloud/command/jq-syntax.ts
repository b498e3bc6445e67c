// The grammar of jq.ts: from a program to a filter, which makes any number of values of one. https://jqlang.org/manual/

type Names = Readonly<Record<string, unknown>>
export type Filter = (input: unknown, names: Names) => Iterable<unknown>
/** `fields`: what the filters in the brackets are; they get the same input. */
export type Named = (fields: readonly Filter[]) => Filter

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const truthy = (value: unknown): boolean => value !== null && value !== undefined && value !== false
const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)

/** A field is one token: `. as $x` has none. */
const token = /\s*("(?:[^"\\]|\\.)*"|[.$]?[A-Za-z_]\w*|\d+|\/\/|==|!=|[.[\]{}(),;:|+?-])/y

/** Throws an error with words for people: what is not here is refused. */
export function compile(program: string, functions: Readonly<Record<string, Named>>): Filter {
  const tokens: string[] = []
  const text = program.trim()
  for (token.lastIndex = 0; token.lastIndex < text.length; ) {
    const at = token.lastIndex
    const [, found] = token.exec(text) ?? []
    if (found === undefined) throw new Error(`jq: '${text.slice(at, at + 10)}' is not simulated`)
    tokens.push(found)
  }
  let at = 0
  const take = (wanted: string): boolean => tokens[at] === wanted && ++at > 0
  const need = (wanted: string): void => {
    if (!take(wanted)) throw new Error(`jq: '${wanted}' is expected before '${tokens.slice(at).join(' ')}'`)
  }

  function pipe(): Filter {
    const left = comma()
    if (take('as')) {
      const name = tokens[at++] ?? ''
      need('|')
      const body = pipe()
      return function* (input, names) {
        for (const value of left(input, names)) yield* body(input, { ...names, [name]: value })
      }
    }
    if (!take('|')) return left
    const right = pipe()
    return function* (input, names) {
      for (const value of left(input, names)) yield* right(value, names)
    }
  }

  function comma(): Filter {
    const left = infix(0)
    if (!take(',')) return left
    const right = comma()
    return function* (input, names) {
      yield* left(input, names)
      yield* right(input, names)
    }
  }

  function infix(level: number): Filter {
    const operators = levels[level]
    if (!operators) return postfix()
    let left = infix(level + 1)
    for (let found = tokens[at]; found !== undefined && operators[found]; found = tokens[at]) {
      at++
      const [one, other, act] = [left, infix(level + 1), operators[found]]
      left = (input, names) => act?.(one(input, names), () => other(input, names)) ?? []
    }
    return left
  }

  function postfix(): Filter {
    let filter = term()
    for (;;) {
      if (take('?')) {
        const inner = filter
        filter = function* (input, names) {
          try {
            yield* inner(input, names)
          } catch {
            return
          }
        }
      } else if (tokens[at] === '[') filter = bracket(filter)
      else if (/^\.\w/.test(tokens[at] ?? '')) filter = field(filter, tokens[at++]?.slice(1) ?? '')
      else return filter
    }
  }

  const field = (of: Filter, name: string): Filter =>
    function* (input, names) {
      for (const value of of(input, names)) yield indexed(value, name)
    }

  function bracket(of: Filter): Filter {
    need('[')
    if (take(']'))
      return function* (input, names) {
        for (const value of of(input, names)) {
          if (typeof value !== 'object' || value === null) throw new Error(`Cannot iterate over ${JSON.stringify(value ?? null)}`)
          yield* Object.values(value)
        }
      }
    const key = pipe()
    need(']')
    return function* (input, names) {
      for (const value of of(input, names)) for (const name of key(input, names)) yield indexed(value, name)
    }
  }

  function term(): Filter {
    const found = tokens[at++] ?? ''
    if (found === '.') return itself
    if (found.startsWith('.')) return field(itself, found.slice(1))
    if (found === '-') return constant(-Number(tokens[at++]))
    if (/^\d/.test(found)) return constant(Number(found))
    if (found.startsWith('"')) return constant(JSON.parse(found))
    if (found.startsWith('$')) return (_, names) => [names[found]]
    if (found === '(') {
      const inner = pipe()
      need(')')
      return inner
    }
    if (found === '[') {
      if (take(']')) return constant([])
      const inner = pipe()
      need(']')
      return (input, names) => [[...inner(input, names)]]
    }
    if (found === '{') return object()
    const named = functions[found]
    if (!named) throw new Error(`jq: ${found}/… is not simulated`)
    const fields: Filter[] = []
    if (take('(')) {
      do fields.push(pipe())
      while (take(';'))
      need(')')
    }
    return named(fields)
  }

  /** With one value for each field. */
  function object(): Filter {
    const fields: (readonly [string, Filter])[] = []
    while (!take('}')) {
      const name = tokens[at++] ?? ''
      const key = name.startsWith('"') ? (JSON.parse(name) as string) : name
      fields.push([key, take(':') ? infix(0) : field(itself, key)])
      take(',')
    }
    return (input, names) => [Object.fromEntries(fields.map(([key, of]) => [key, [...of(input, names)][0]]))]
  }

  const whole = pipe()
  if (at < tokens.length) throw new Error(`jq: syntax error before '${tokens.slice(at).join(' ')}'`)
  return whole
}

const itself: Filter = (input) => [input]
const constant =
  (value: unknown): Filter =>
  () => [value]

function indexed(value: unknown, key: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof key === 'number' && Array.isArray(value)) return value.at(key) ?? null
  if (typeof key === 'string' && isObject(value)) return value[key] ?? null
  throw new Error(`Cannot index ${Array.isArray(value) ? 'array' : typeof value} with ${JSON.stringify(key)}`)
}

type Act = (left: Iterable<unknown>, right: () => Iterable<unknown>) => Iterable<unknown>
const each = (act: (left: unknown, right: unknown) => unknown): Act =>
  function* (left, right) {
    for (const one of left) for (const other of right()) yield act(one, other)
  }
const lazily = (isDone: (left: unknown) => boolean): Act =>
  function* (left, right) {
    for (const one of left)
      if (isDone(one)) yield truthy(one)
      else for (const other of right()) yield truthy(other)
  }
/** The weakest first. */
const levels: readonly Readonly<Record<string, Act>>[] = [
  {
    '//': (left, right) => {
      const found = [...left].filter(truthy)
      return found.length > 0 ? found : right()
    },
  },
  { or: lazily(truthy) },
  { and: lazily((one) => !truthy(one)) },
  { '==': each(same), '!=': each((one, other) => !same(one, other)) },
  { '+': each((one, other) => (typeof one === 'string' && typeof other === 'string' ? one + other : Number(one) + Number(other))) },
]
