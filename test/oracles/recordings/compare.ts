// Compares what was recorded of the real Azure with what was answered here, kind by kind and status by status. It compares shapes, not values: names,
// times and counts differ from run to run.
import { describeType } from '../arm-types.ts'
import { kindOf } from './address.ts'
import type { Exchange } from './exchange.ts'
import { type Facets, headersOf, typesOf, union, versionOf, wordsOf } from './shape.ts'

export type Difference = { readonly kind: string; readonly what: string }
type Comparison = {
  readonly kind: string
  readonly recorded: number
  readonly answered: number
  readonly differences: readonly Difference[]
}

export type Compared = {
  readonly kinds: readonly Comparison[]
  /** Kinds that only one side has. */
  readonly onlyRecorded: readonly string[]
  readonly onlyAnswered: readonly string[]
}

export function compare(recorded: readonly Exchange[], answered: readonly Exchange[]): Compared {
  const [theirs, ours] = [recorded, answered].map((all) => Map.groupBy(all, ({ method, path }) => kindOf(method, path)))
  if (!theirs || !ours) throw new Error('There is nothing to compare.')
  const kinds = [...theirs].flatMap(([kind, real]) => {
    const own = ours.get(kind)
    return own ? [{ kind, recorded: real.length, answered: own.length, differences: differencesOf(kind, real, own) }] : []
  })
  return {
    kinds: kinds.toSorted((one, other) => one.kind.localeCompare(other.kind)),
    onlyRecorded: [...theirs.keys()].filter((kind) => !ours.has(kind)).toSorted(),
    onlyAnswered: [...ours.keys()].filter((kind) => !theirs.has(kind)).toSorted(),
  }
}

function differencesOf(kind: string, real: readonly Exchange[], own: readonly Exchange[]): readonly Difference[] {
  const [theirs, ours] = [real, own].map((all) => Map.groupBy(all, ({ status }) => status))
  if (!theirs || !ours) return []
  const known = [...theirs.keys()].join(', ')
  const lines = [
    ...[...ours.keys()].filter((status) => !theirs.has(status)).map((status) => `status ${status}: recorded ${known}`),
    ...[...theirs.keys()].filter((status) => !ours.has(status)).map((status) => `status ${status}: only recorded`),
    ...[...ours].flatMap(([status, mine]) => {
      const same = theirs.get(status)
      return same ? answers(same, mine).map((line) => `${status} ${line}`) : []
    }),
  ]
  return lines.map((what) => ({ kind, what }))
}

function answers(real: readonly Exchange[], own: readonly Exchange[]): readonly string[] {
  return [
    ...emptiness(real, own),
    ...headers(union(real.map(headersOf)), union(own.map(headersOf))),
    ...values('', union(real.map(wordsOf)), union(own.map(wordsOf))),
    ...properties(real, own),
  ]
}

const bodyKind = ({ body }: Exchange): string => (body === '' || body === undefined ? 'empty' : body === null ? 'null' : 'JSON')

function emptiness(real: readonly Exchange[], own: readonly Exchange[]): readonly string[] {
  const known = new Set(real.map(bodyKind))
  return [...new Set(own.map(bodyKind))]
    .filter((kind) => !known.has(kind))
    .map((kind) => `body: ${kind}; recorded ${[...known].join(', ')}`)
}

/** Recorders take headers away: one that is missing in a recording proves nothing, except of the addresses that clients follow. */
function headers(real: Facets, own: Facets): readonly string[] {
  const missing = [...real.keys()].filter((name) => !own.has(name)).map((name) => `header ${name}: only recorded`)
  const invented = [...own.keys()].filter((name) => !real.has(name) && /^(location|azure-asyncoperation)$/.test(name))
  return [...missing, ...invented.map((name) => `header ${name}: never recorded`), ...values('header ', real, own)]
}

/** What both sides have, with values that were not recorded. */
function values(prefix: string, real: Facets, own: Facets): readonly string[] {
  return [...own].flatMap(([name, mine]) => {
    const theirs = real.get(name)
    if (!theirs) return []
    return [...mine].filter((value) => !theirs.has(value)).map((value) => `${prefix}${name}: ${value}; recorded ${[...theirs].join(', ')}`)
  })
}

function properties(real: readonly Exchange[], own: readonly Exchange[]): readonly string[] {
  const [theirs, ours] = [union(real.map(({ body }) => typesOf(body))), union(own.map(({ body }) => typesOf(body)))]
  const isDescribed = own.every(({ method, path }) => describedBy(method, path))
  // Oracle one has looked at the properties of types that Microsoft describes at the version in use, which may be newer than the recordings.
  const invented = isDescribed ? [] : [...ours.keys()].filter((name) => !theirs.has(name)).map((name) => `${name}: never recorded`)
  const missing = [...theirs.keys()].filter((name) => !ours.has(name) && !isBelowEmpty(name, ours)).map((name) => `${name}: only recorded`)
  const different = values('', onlyKnown(theirs), ours)
  return [...outermost(invented), ...outermost(missing), ...different]
}

/** An array that happens to be empty here says nothing of its elements. */
function isBelowEmpty(name: string, ours: Facets): boolean {
  const arrays = [...name.matchAll(/\[\]/g)].map(({ index }) => name.slice(0, index))
  return arrays.some((array) => ours.has(array) && !ours.has(`${array}[]`))
}

/** Where only nulls were recorded, the type is not known. */
const onlyKnown = (all: Facets): Facets => new Map([...all].filter(([, types]) => [...types].some((type) => type !== 'null')))

/** An object that one side lacks is one difference, not as many as it has properties. */
const outermost = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => !lines.some((other) => other !== line && isBelow(pathOf(line), pathOf(other))))
const pathOf = (line: string): string => line.slice(0, line.lastIndexOf(': '))
const isBelow = (path: string, above: string): boolean => path.startsWith(`${above}.`) || path.startsWith(`${above}[]`)

function describedBy(method: string, path: string): boolean {
  const kind = kindOf(method, path)
    .replace(/^\w+ /, '')
    .replace(/ \(list\)$/, '')
  return describeType(kind, versionOf(path)) !== undefined
}
