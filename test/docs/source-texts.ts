// The prose of a source file: its comments, and its strings of several words. Enough of a scanner for that: regular expressions and code are skipped.

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/g

export function textsOf(source: string): readonly string[] {
  const found = source.match(token) ?? []
  const comments = found.filter((text) => /^\/[/*]/.test(text)).map((text) => text.replaceAll(/^\/\*\*?|\*\/$|^\s*\*(?!\/)|^\/\//gm, ' '))
  const strings = found.filter((text) => /^['"`]/.test(text)).map((text) => text.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, '…'))
  return [...comments, ...strings.filter((text) => /[A-Za-z]\s+[A-Za-z]/.test(text))]
}
