// Patterns of people and of Azure: `*` stands for any run of characters, and case does not count. Linear, whatever the pattern.

export function matchesWildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  const whole = text.toLowerCase()
  const last = rest.pop()
  if (last === undefined) return whole === first
  if (whole.length < first.length + last.length || !whole.startsWith(first) || !whole.endsWith(last)) return false
  const end = whole.length - last.length
  let at = first.length
  for (const middle of rest) {
    const found = whole.indexOf(middle, at)
    if (found === -1 || found + middle.length > end) return false
    at = found + middle.length
  }
  return true
}
