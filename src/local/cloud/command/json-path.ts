// The templates of kubectl's output `jsonpath=`, without filters and ranges: texts and paths, a dot in a name escaped.
// https://kubernetes.io/docs/reference/kubectl/jsonpath/

export function jsonPath(template: string, body: unknown): string {
  return template.replaceAll(/\{([^}]*)\}/g, (_, inner: string) => {
    const [, text] = /^"([\s\S]*)"$/.exec(inner) ?? []
    if (text !== undefined) return text.replaceAll('\\n', '\n')
    return textOf(namesIn(inner).reduce<unknown>((at, name) => (isMap(at) ? at[name] : undefined), body))
  })
}

const namesIn = (path: string): readonly string[] =>
  (path.match(/\.(?:\\.|[^.\\])+/g) ?? []).map((name) => name.slice(1).replaceAll('\\', ''))

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
