// Reads JSON as leniently as Newtonsoft.Json does: single quotes, bare property names, comments. Durable's management API accepts them.
// https://www.newtonsoft.com/json/help/html/ReadingWritingJSON.htm

export type ReadJson = { readonly value: unknown; readonly rest: string }

export class JsonReaderError extends Error {}

/** Reads the first value; what follows it is in `rest`. */
export const readJson = (text: string): ReadJson => {
  let at = 0
  const fail = (): never => {
    const character = text[at] ?? ''
    throw new JsonReaderError(`Unexpected character encountered while parsing value: ${character}. Path '', line 0, position 0.`)
  }
  const skip = (): void => {
    for (;;) {
      const gap = /^(?:\s+|\/\*[\s\S]*?\*\/|\/\/[^\n]*)/.exec(text.slice(at))
      if (gap === null) return
      at += gap[0].length
    }
  }
  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(text.slice(at))?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const string = (): string => {
    const quoted = take(/^(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')/) ?? fail()
    if (quoted.startsWith('"')) return JSON.parse(quoted) as string
    return JSON.parse(`"${quoted.slice(1, -1).replace(/\\'/g, "'").replace(/"/g, '\\"')}"`) as string
  }
  const members = (): unknown => {
    const object: [string, unknown][] = []
    at++
    skip()
    while (text[at] !== '}') {
      const name = text[at] === '"' || text[at] === "'" ? string() : (take(/^[\w$]+/) ?? fail())
      skip()
      if (text[at++] !== ':') fail()
      object.push([name, value()])
      skip()
      if (text[at] === ',') at++
      else if (text[at] !== '}') fail()
      skip()
    }
    at++
    return Object.fromEntries(object)
  }
  const elements = (): unknown => {
    const list: unknown[] = []
    at++
    skip()
    while (text[at] !== ']') {
      list.push(value())
      skip()
      if (text[at] === ',') at++
      else if (text[at] !== ']') fail()
      skip()
    }
    at++
    return list
  }
  const value = (): unknown => {
    skip()
    const next = text[at]
    if (next === '{') return members()
    if (next === '[') return elements()
    if (next === '"' || next === "'") return string()
    const literal = take(/^(?:-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)/) ?? fail()
    return JSON.parse(literal)
  }
  skip()
  if (at === text.length)
    throw new JsonReaderError(`Error reading JToken from JsonReader. Path '', line ${Math.min(1, at)}, position ${at}.`)
  const result = value()
  skip()
  return { value: result, rest: text.slice(at) }
}

/** Reads one value and nothing after it. */
export const readWholeJson = (text: string): unknown => {
  const { value, rest } = readJson(text)
  if (rest === '') return value
  const position = text.length - rest.length
  const problem = `Additional text encountered after finished reading JSON content: ${rest[0]}.`
  throw new JsonReaderError(`${problem} Path '', line 1, position ${position}.`)
}
