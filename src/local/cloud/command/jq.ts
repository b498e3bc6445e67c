// jq, as far as commands of the app need it: what it is not taught it refuses by name. Checked against jq 1.6 in test/real. https://jqlang.org/manual/
import { compile, type Filter, isObject, type Named, truthy } from './jq-syntax.ts'
import type { Program } from './program.ts'

export const jq: Program = async (args, input) => {
  const flags = args.flatMap((arg) => (/^-[crs]+$/.test(arg) ? [...arg.slice(1)] : []))
  const rest = args.filter((arg) => !/^-[crs]+$/.test(arg))
  const [program = '.', ...more] = rest
  if (more.length > 0 || program.startsWith('-')) return { exit: 2, out: '', err: `jq: ${args.join(' ')} is not simulated\n` }
  const out: string[] = []
  const shown = (value: unknown): string =>
    typeof value === 'string' && flags.includes('r') ? value : JSON.stringify(value ?? null, null, flags.includes('c') ? 0 : 2)
  let err = ''
  let exit = 0
  try {
    const filter = compile(program, functions)
    const texts = documentsIn(input)
    const values = texts.whole.map((text): unknown => JSON.parse(text))
    for (const value of flags.includes('s') ? [values] : values)
      try {
        for (const made of filter(value, {})) out.push(`${shown(made)}\n`)
      } catch (error) {
        err += `jq: error (at <stdin>:0): ${(error as Error).message}\n`
        exit = 5
      }
    if (texts.isCut) return { exit: 2, out: flags.includes('s') ? '' : out.join(''), err: `${err}jq: error: Unfinished JSON term at EOF\n` }
  } catch (error) {
    return { exit: 3, out: out.join(''), err: `${(error as Error).message}\n` }
  }
  return { exit, out: out.join(''), err }
}

/** One JSON value after the other, with or without space between them. */
function documentsIn(text: string): { readonly whole: readonly string[]; readonly isCut: boolean } {
  const whole: string[] = []
  let [depth, start, isIn] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (isIn) {
      if (char === '\\') at++
      else if (char === '"') isIn = false
    } else if (char === '"') isIn = true
    else if (char === '{' || char === '[') {
      if (depth++ === 0) start = at
    } else if ((char === '}' || char === ']') && --depth === 0) whole.push(text.slice(start, at + 1))
    else if (depth === 0 && !/\s/.test(char ?? '')) return { whole, isCut: true }
  }
  return { whole, isCut: depth !== 0 || isIn }
}

const first = ([filter]: readonly Filter[]): Filter => filter ?? (() => [])
const on =
  (act: (input: unknown) => unknown): Named =>
  () =>
  (input) => [act(input)]
/** Of two texts: the input, and what the filter in the brackets makes. */
const texts =
  (act: (input: string, other: string) => unknown): Named =>
  (fields) =>
  (input, names) =>
    [...first(fields)(input, names)].map((other) => {
      if (typeof input !== 'string' || typeof other !== 'string') throw new Error('both have to be strings')
      return act(input, other)
    })

const functions: Readonly<Record<string, Named>> = {
  length: on((input) => (typeof input === 'string' || Array.isArray(input) ? input.length : Object.keys(input ?? {}).length)),
  type: on((input) => (input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input)),
  not: on((input) => !truthy(input)),
  startswith: texts((input, other) => input.startsWith(other)),
  test: texts((input, other) => new RegExp(other).test(input)),
  split: texts((input, other) => input.split(other)),
  select: (fields) =>
    function* (input, names) {
      for (const chosen of first(fields)(input, names)) if (truthy(chosen)) yield input
    },
  any:
    ([from = () => [], is = () => []]) =>
    (input, names) => [[...from(input, names)].some((value) => [...is(value, names)].some(truthy))],
  with_entries: (fields) => (input, names) => {
    const entries = Object.entries(input ?? {}).map(([key, value]) => ({ key, value }))
    const kept = entries.flatMap((entry) => [...first(fields)(entry, names)]) as { readonly key: string; readonly value: unknown }[]
    return [Object.fromEntries(kept.map(({ key, value }) => [key, value]))]
  },
  /** The first of each, in the order of the keys, which are strings here. */
  unique_by: (fields) => (input, names) => {
    const keyed = Map.groupBy(input as readonly unknown[], (one) => String([...first(fields)(one, names)][0]))
    return [[...keyed.keys()].sort().map((key) => keyed.get(key)?.[0])]
  },
  tostream: () => (input) => leaves(input, []),
}

/** `[path, value]` for each, and `[path]` after the last of each group. */
function* leaves(value: unknown, path: readonly unknown[]): Iterable<unknown> {
  const inner: readonly (readonly [unknown, unknown])[] = Array.isArray(value)
    ? value.map((one, at) => [at, one] as const)
    : isObject(value)
      ? Object.entries(value)
      : []
  if (inner.length === 0) {
    yield [path, value]
    return
  }
  for (const [key, one] of inner) yield* leaves(one, [...path, key])
  yield [[...path, inner.at(-1)?.[0]]]
}
