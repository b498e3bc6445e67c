// The grammar of shell.ts. Positions in a text, no backtracking.

/** Text as it is, the value of a variable (`?`: the last exit code), or what a command prints. */
export type Part = string | { readonly variable: string; readonly without?: string } | { readonly command: string }
export type Word = readonly Part[]
export type Command = {
  readonly assigned?: { readonly name: string; readonly value: Word }
  readonly words: readonly Word[]
  /** `file`: its name. */
  readonly errors: 'apart' | 'joined' | 'dropped' | { readonly file: string }
}
/** Each reads what the one before it printed. */
export type Pipeline = readonly Command[]
export type List = { readonly first: Pipeline; readonly rest: readonly { readonly when: '&&' | '||'; readonly pipeline: Pipeline }[] }

/** Throws an error with words for people. */
export function parse(text: string): readonly List[] {
  const reader = { text, at: 0 }
  const lists: List[] = []
  for (;;) {
    skip(reader, /[\s;]/)
    if (reader.at >= text.length) return lists
    if (text[reader.at] === '#') {
      skip(reader, /[^\n]/)
      continue
    }
    const first = pipelineAt(reader)
    const rest: { when: '&&' | '||'; pipeline: Pipeline }[] = []
    for (;;) {
      const operator = text.slice(reader.at, reader.at + 2)
      if (operator !== '&&' && operator !== '||') break
      reader.at += 2
      skip(reader, /\s/)
      rest.push({ when: operator, pipeline: pipelineAt(reader) })
    }
    lists.push({ first, rest })
  }
}

type Reader = { readonly text: string; at: number }

function skip(reader: Reader, what: RegExp): void {
  while (reader.at < reader.text.length && what.test(reader.text.charAt(reader.at))) reader.at++
}

function pipelineAt(reader: Reader): Pipeline {
  const commands = [commandAt(reader)]
  while (/^\|(?!\|)/.test(reader.text.slice(reader.at, reader.at + 2))) {
    reader.at++
    skip(reader, /\s/)
    commands.push(commandAt(reader))
  }
  return commands
}

function commandAt(reader: Reader): Command {
  const words: Word[] = []
  let errors: Command['errors'] = 'apart'
  for (;;) {
    skip(reader, /[ \t]/)
    const rest = reader.text.slice(reader.at)
    if (rest === '' || /^[\n;]/.test(rest) || rest.startsWith('&&') || rest.startsWith('|')) break
    const [redirect, to] = /^2>(&1|\s*\/dev\/null|\s*[\w.-]+)/.exec(rest) ?? []
    if (redirect !== undefined && to !== undefined) {
      errors = to === '&1' ? 'joined' : to.trim() === '/dev/null' ? 'dropped' : { file: to.trim() }
      reader.at += redirect.length
    } else words.push(wordAt(reader))
  }
  const [first, ...others] = words
  const [start, ...more] = first ?? []
  const [, name, begin = ''] = typeof start === 'string' ? (/^([A-Za-z_]\w*)=([\s\S]*)$/.exec(start) ?? []) : []
  if (name === undefined || others.length > 0) return { words, errors }
  return { assigned: { name, value: [begin, ...more] }, words: [], errors }
}

const special = /[|&<>()`\\*?{}!~]/

function wordAt(reader: Reader): Word {
  const parts: Part[] = []
  while (reader.at < reader.text.length && !/[\s;]/.test(reader.text.charAt(reader.at))) {
    const char = reader.text.charAt(reader.at)
    if (char === "'") parts.push(until(reader, "'"))
    else if (char === '"') parts.push(...doubleQuoted(reader))
    else if (char === '$') parts.push(expansionAt(reader))
    else if (special.test(char)) throw new Error(`'${char}' outside of quotes is not simulated`)
    else {
      const [plain = char] = /^[^\s;'"$|&<>()`\\*?{}!~]+/.exec(reader.text.slice(reader.at)) ?? []
      parts.push(plain)
      reader.at += plain.length
    }
  }
  return parts
}

/** What stands between the mark at the reader's place and the next one. */
function until(reader: Reader, mark: string): string {
  const end = reader.text.indexOf(mark, reader.at + 1)
  if (end < 0) throw new Error('unterminated quoted string')
  const text = reader.text.slice(reader.at + 1, end)
  reader.at = end + 1
  return text
}

function doubleQuoted(reader: Reader): readonly Part[] {
  const parts: Part[] = []
  reader.at++
  for (;;) {
    if (reader.at >= reader.text.length) throw new Error('unterminated quoted string')
    const char = reader.text.charAt(reader.at)
    if (char === '"') break
    if (char === '$') parts.push(expansionAt(reader))
    else {
      const isEscaped = char === '\\' && /["\\$`]/.test(reader.text.charAt(reader.at + 1))
      parts.push(isEscaped ? reader.text.charAt(reader.at + 1) : char)
      reader.at += isEscaped ? 2 : 1
    }
  }
  reader.at++
  return parts
}

function expansionAt(reader: Reader): Part {
  const rest = reader.text.slice(reader.at)
  const [whole, braced, without, plain] = /^\$(?:\{([A-Za-z_]\w*)(?:%%([^}]*))?\}|([A-Za-z_]\w*|\?))/.exec(rest) ?? []
  if (whole !== undefined) {
    reader.at += whole.length
    return { variable: braced ?? plain ?? '', ...(without === undefined ? {} : { without }) }
  }
  if (!rest.startsWith('$(')) throw new Error(`'${rest.slice(0, 2)}' is not simulated`)
  const command = substitutionIn(rest)
  reader.at += command.length + 3
  return { command }
}

/** To the bracket that closes it; quotes hide brackets. */
function substitutionIn(rest: string): string {
  let depth = 1
  let quote = ''
  for (let at = 2; at < rest.length; at++) {
    const char = rest.charAt(at)
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === "'" || char === '"') quote = char
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return rest.slice(2, at)
  }
  throw new Error('unterminated command substitution')
}
