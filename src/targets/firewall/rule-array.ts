// What in-body and in-child share: an array of rules that a write replaces as a whole. Rules of others go back as they were read.
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { type Body, objectsAt, type Rule, type RuleChange } from './firewall.ts'

export type ArrayShape = {
  /** Property that contains the rules. */
  readonly list: string
  /** Field of a rule that contains the address: `value`, `ipMask`, `ipAddressOrRange`. */
  readonly field: string
  /** Other fields of a new rule. */
  readonly rest?: Readonly<Record<string, string>>
  /** Services that write single addresses as a range: `/32`. */
  readonly suffix?: '/32'
  /** Services whose rules can deny: the first that matches decides, so only rules before the first of these count, and new ones go there. */
  denies?(rule: Body): boolean
}

export const rulesIn = (holder: Body, shape: ArrayShape): readonly Rule[] => {
  const { field } = shape
  return split(holder, shape).allowing.map((rule) => ({ ip: plain(inShape(z.looseObject({ [field]: z.string() }), rule)[field] ?? '') }))
}

/** `rest`: from the first rule that denies. */
function split(holder: Body, { list, denies }: ArrayShape): { readonly allowing: readonly Body[]; readonly rest: readonly Body[] } {
  const there = objectsAt(holder, list)
  const at = denies ? there.findIndex((rule) => denies(rule)) : -1
  return at < 0 ? { allowing: there, rest: [] } : { allowing: there.slice(0, at), rest: there.slice(at) }
}

/** The array after the change; `undefined`: nothing differs. */
export function changedIn(holder: Body, shape: ArrayShape, { add, remove }: RuleChange): readonly Body[] | undefined {
  const { allowing, rest } = split(holder, shape)
  const ips = new Set(rulesIn(holder, shape).map(({ ip }) => ip))
  const gone = new Set(remove.map(({ ip }) => ip))
  const made = [...new Set(add.map(({ ip }) => ip))].filter((ip) => !ips.has(ip))
  const left = allowing.filter((rule) => !gone.has(plain(String(rule[shape.field]))))
  if (made.length === 0 && left.length === allowing.length) return undefined
  return [...left, ...made.map((ip) => ruleOf(ip, shape)), ...rest]
}

/** A rule as the service writes it. */
export const ruleOf = (ip: string, shape: ArrayShape): Readonly<Record<string, string>> => ({
  [shape.field]: written(ip, shape),
  ...shape.rest,
})

/** One write carries out the whole change. */
export const wholeOf = ({ add, remove }: RuleChange): { readonly adds: readonly string[]; readonly removes: readonly string[] } => ({
  adds: add.map(({ ip }) => ip),
  removes: remove.map(({ ip }) => ip),
})

const plain = (text: string): string => (text.endsWith('/32') ? text.slice(0, -3) : text)
const written = (ip: string, { suffix }: ArrayShape): string => (ip.includes('/') || suffix === undefined ? ip : `${ip}${suffix}`)
