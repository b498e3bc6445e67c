// Route templates of HTTP triggers, as ASP.NET reads them: {name}, {name?}, {name=default}, {name:constraint}, {*rest}.
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#customize-the-http-endpoint

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'parameter'
      readonly name: string
      readonly optional: boolean
      readonly otherwise: string | undefined
      readonly test: (value: string) => boolean
    }
  | { readonly kind: 'rest'; readonly name: string }

export type Route = { readonly segments: readonly Segment[] }

const constraints: Readonly<Record<string, (value: string) => boolean>> = {
  alpha: (value) => /^[a-z]*$/i.test(value),
  int: (value) => /^-?\d{1,10}$/.test(value),
  long: (value) => /^-?\d{1,19}$/.test(value),
  bool: (value) => /^(?:true|false)$/i.test(value),
  guid: (value) => /^\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?$/i.test(value),
}

const segmentOf = (text: string): Segment => {
  const inner = /^\{(.*)\}$/.exec(text)?.[1]
  if (inner === undefined) return { kind: 'literal', text: text.toLowerCase() }
  if (inner.startsWith('*')) return { kind: 'rest', name: inner.replace(/^\*+/, '') }
  const optional = inner.endsWith('?')
  const [head = '', otherwise] = inner.replace(/\?$/, '').split('=', 2)
  const [name = '', ...kinds] = head.split(':')
  const tests = kinds.map((kind) => {
    const test = constraints[kind]
    if (test === undefined) throw new Error(`The embedded host does not know the route constraint ':${kind}' in '${text}'`)
    return test
  })
  return { kind: 'parameter', name, optional, otherwise, test: (value) => tests.every((test) => test(value)) }
}

export const parseRoute = (template: string): Route => ({
  segments: template
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .filter((part) => part !== '')
    .map(segmentOf),
})

/** Literal beats constrained beats plain beats catch-all: lower sorts first. */
const rank = (segment: Segment | undefined): number => {
  if (segment === undefined) return 0
  return { literal: 1, parameter: 2, rest: 3 }[segment.kind]
}

export const morePrecise = (a: Route, b: Route): number => {
  for (let at = 0; at < Math.max(a.segments.length, b.segments.length); at++) {
    const difference = rank(a.segments[at]) - rank(b.segments[at])
    if (difference !== 0) return difference
  }
  return 0
}

/** The parameters, or undefined when the path, which is decoded already, is another one. Case and a slash at the end do not matter. */
export const matchRoute = ({ segments }: Route, path: string): Record<string, string> | undefined => {
  const given = path
    .replace(/^\/|\/$/g, '')
    .split('/')
    .filter((part, _at, all) => part !== '' || all.length > 1)
  const found: Record<string, string> = {}
  for (const [at, segment] of segments.entries()) {
    if (segment.kind === 'rest') {
      // ASP.NET refuses an empty segment before it looks at what a catch-all takes; behind the first one it looks no more.
      if (given[at] === '' && given.length > at + 1) return undefined
      const rest = given.slice(at).join('/')
      if (rest !== '') found[segment.name] = rest
      return found
    }
    const value = given[at]
    if (segment.kind === 'literal') {
      if (value === undefined || value.toLowerCase() !== segment.text) return undefined
    } else if (value === undefined || value === '') {
      if (segment.otherwise !== undefined) found[segment.name] = segment.otherwise
      else if (!segment.optional) return undefined
    } else {
      if (!segment.test(value)) return undefined
      found[segment.name] = value
    }
  }
  return given.length > segments.length ? undefined : found
}
