// The words of Resource Graph's query language that are simulated: tokens, functions, comparisons.

export class NotSimulated extends Error {}

const token = /\s*(?:'([^']*)'|"([^"]*)"|(\d+)|((?!in~)[\w$][\w$-]*(?<!-))|(in~|=~|!~|==|!=|<=|>=|[()[\],.=<>]))/y

export type Token = { readonly kind: 'text' | 'number' | 'word' | 'sign'; readonly value: string }

export function tokensOf(stage: string): Token[] {
  const found: Token[] = []
  token.lastIndex = 0
  while (stage.slice(token.lastIndex).trim() !== '') {
    const match = token.exec(stage)
    if (!match) throw new NotSimulated(`Not understood: ${stage.trim()}`)
    const [, single, double, number, word, sign] = match
    const text = single ?? double
    found.push(
      text !== undefined
        ? { kind: 'text', value: text }
        : number !== undefined
          ? { kind: 'number', value: number }
          : word !== undefined
            ? { kind: 'word', value: word }
            : { kind: 'sign', value: sign ?? '' },
    )
  }
  return found
}

export const text = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
const lower = (value: unknown): string => text(value).toLowerCase()

export const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
  tostring: text,
  tolower: lower,
  isnotnull: (value) => value !== undefined && value !== null,
  isnull: (value) => value === undefined || value === null,
  isnotempty: (value) => text(value) !== '',
  isempty: (value) => text(value) === '',
  array_length: (value) => (Array.isArray(value) ? value.length : null),
  bag_keys: (value) => Object.keys((value ?? {}) as object),
}

/** `contains`, `has`, `startswith` and `=~` do not regard case; `==` does. */
export const comparisons: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  '=~': (left, right) => lower(left) === lower(right),
  '!~': (left, right) => lower(left) !== lower(right),
  '==': (left, right) => text(left) === text(right),
  '!=': (left, right) => text(left) !== text(right),
  contains: (left, right) => lower(left).includes(lower(right)),
  has: (left, right) =>
    lower(left)
      .split(/[^a-z0-9]+/)
      .join(' ')
      .includes(
        lower(right)
          .split(/[^a-z0-9]+/)
          .join(' '),
      ),
  startswith: (left, right) => lower(left).startsWith(lower(right)),
  endswith: (left, right) => lower(left).endsWith(lower(right)),
}
