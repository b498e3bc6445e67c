// Conditions of role assignments (version 2.0), as far as constrained delegation needs them: what may be assigned, to whom
// (https://learn.microsoft.com/azure/role-based-access-control/conditions-format).
//
// They see only what the request carries: a write without `principalType` misses the attribute and is refused with a plain 403
// (https://github.com/hashicorp/terraform-provider-azurerm/issues/24271).

export type Attributes = Readonly<Record<string, string>>
type Situation = { readonly action: string; readonly request?: Attributes | undefined; readonly resource?: Attributes | undefined }
type Check = (situation: Situation) => boolean
type Match = (left: string, right: string) => boolean

const ignoringCase: Match = (left, right) => left.toLowerCase() === right.toLowerCase()
const operators: Readonly<Record<string, Match>> = {
  GuidEquals: ignoringCase,
  StringEquals: (left, right) => left === right,
  StringEqualsIgnoreCase: ignoringCase,
}

const token =
  /\s*(?:(?<attribute>@(?:Request|Resource)\[[^\]]+\])|ActionMatches\s*\{\s*'(?<action>[^']*)'\s*\}|(?<set>\{[^}]*\})|(?<text>'[^']*')|(?<sign>&&|\|\||[!()])|(?<word>[A-Za-z]+(?::[A-Za-z]+)?))/y

type Token = { readonly [kind in 'attribute' | 'action' | 'set' | 'text' | 'sign' | 'word']?: string }

function tokens(text: string): Token[] {
  const found: Token[] = []
  token.lastIndex = 0
  while (text.slice(token.lastIndex).trim() !== '') {
    const at = token.lastIndex
    const match = token.exec(text)
    if (!match?.groups) throw new Error(`Condition not understood at: ${text.slice(at, at + 60).trim()}`)
    found.push(match.groups)
  }
  return found
}

/** Reads a condition; throws where it says something that is not simulated. */
export function parseCondition(text: string): Check {
  const rest = tokens(text)
  const word = (...words: string[]): boolean => {
    const next = rest[0]?.sign ?? rest[0]?.word
    if (next === undefined || !words.includes(next.toUpperCase())) return false
    rest.shift()
    return true
  }

  const either = (): Check => {
    const parts = [both()]
    while (word('OR', '||')) parts.push(both())
    return (situation) => parts.some((part) => part(situation))
  }
  const both = (): Check => {
    const parts = [one()]
    while (word('AND', '&&')) parts.push(one())
    return (situation) => parts.every((part) => part(situation))
  }
  const one = (): Check => {
    if (word('!', 'NOT')) {
      const inner = one()
      return (situation) => !inner(situation)
    }
    if (word('(')) {
      const inner = either()
      if (!word(')')) throw new Error('Condition not understood: a closing parenthesis is missing')
      return inner
    }
    const next = rest.shift()
    if (next?.action !== undefined) {
      const wanted = next.action
      return (situation) => ignoringCase(situation.action, wanted)
    }
    if (next?.attribute !== undefined) return compare(next.attribute)
    throw new Error(`Condition not understood at: ${JSON.stringify(next ?? 'its end')}`)
  }
  const compare = (attribute: string): Check => {
    const [, source, name] = /^@(\w+)\[(.+)\]$/.exec(attribute) ?? []
    const [quantifier, operator] = (rest.shift()?.word ?? '').split(':')
    const match = operators[operator ?? quantifier ?? '']
    const right = rest.shift()
    if (!match || !right || (operator !== undefined && quantifier !== 'ForAnyOfAnyValues' && quantifier !== 'ForAllOfAnyValues'))
      throw new Error(`Condition not simulated: ${attribute} ${quantifier}:${operator}`)
    const values = (right.set?.slice(1, -1) ?? right.text ?? '').split(',').map((value) => value.trim().replace(/^'|'$/g, ''))
    return (situation) => {
      const left = (source === 'Request' ? situation.request : situation.resource)?.[name?.toLowerCase() ?? '']
      return left !== undefined && values.some((value) => match(left, value))
    }
  }

  const check = either()
  if (rest.length > 0) throw new Error(`Condition not understood at: ${JSON.stringify(rest[0])}`)
  return check
}
