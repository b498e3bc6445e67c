// IPv4 addresses and ranges as firewalls write them: `20.1.2.3`, `20.1.2.0/28`. IPv6 is left out: target firewalls are IPv4 only.

type Range = { readonly first: number; readonly last: number }

const address = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/

function rangeOf(text: string): Range | undefined {
  const match = address.exec(text.trim())
  if (!match) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1, 5).map(Number)
  const bits = match[5] === undefined ? 32 : Number(match[5])
  if (Math.max(a, b, c, d) > 255 || bits > 32) return undefined
  const size = 2 ** (32 - bits)
  const at = ((a * 256 + b) * 256 + c) * 256 + d
  const first = at - (at % size)
  return { first, last: first + size - 1 }
}

const text = (at: number): string => [24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join('.')

/** Up to two addresses are written one by one: Storage refuses ranges of /31 and /32 (docs/azure-behaviour.md#storage-firewall). */
export function rulesOf(prefix: string): readonly string[] {
  const range = rangeOf(prefix)
  if (!range) return []
  const size = range.last - range.first + 1
  return size > 2 ? [`${text(range.first)}/${32 - Math.log2(size)}`] : Array.from({ length: size }, (_, index) => text(range.first + index))
}

/** First and last address of an address or range: `20.1.2.0`, `20.1.2.15`. */
export function spanOf(prefix: string): readonly [string, string] {
  const range = rangeOf(prefix)
  return range ? [text(range.first), text(range.last)] : [prefix, prefix]
}

/** The fewest addresses and ranges that cover everything from the first to the last address; empty if these are not addresses in order. */
export function rangesBetween(from: string, to: string): readonly string[] {
  const [start, end] = [rangeOf(from), rangeOf(to)]
  if (!start || !end) return []
  const ranges: string[] = []
  for (let at = start.first; at <= end.last; ) {
    let size = 1
    while (size < 2 ** 32 && at % (size * 2) === 0 && at + size * 2 - 1 <= end.last) size *= 2
    ranges.push(size === 1 ? text(at) : `${text(at)}/${32 - Math.log2(size)}`)
    at += size
  }
  return ranges
}

/** Whether one of the rules allows the whole address or range. */
export function covers(rules: readonly string[], ip: string): boolean {
  const desired = rangeOf(ip)
  if (!desired) return false
  return rules.some((rule) => {
    const range = rangeOf(rule)
    return range !== undefined && range.first <= desired.first && desired.last <= range.last
  })
}

/** Ranges that are not public: Storage refuses them in rules (https://learn.microsoft.com/azure/storage/common/storage-network-security). */
const notPublic = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
]
const widest = 2 ** 16

/** One public IPv4 address, or a range of at most a /16: a wider one would allow whole regions of unrelated customers. */
export function isPublicRange(ip: string): boolean {
  const range = rangeOf(ip)
  if (!range || range.last - range.first + 1 > widest) return false
  return notPublic.every((other) => {
    const one = rangeOf(other)
    return one !== undefined && (range.last < one.first || one.last < range.first)
  })
}
