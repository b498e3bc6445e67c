// Whether the condition of a role assignment lets its holder grant a role to a service principal: Azure reports that a permission exists, not what
// its condition leaves of it. This evaluates only as much of the language as delegation uses; for anything else the answer is `undefined`.
// https://learn.microsoft.com/azure/role-based-access-control/conditions-format

type Known = boolean | undefined
type Check = (request: GrantRequest) => Known
/** `principalId`: unknown before the identity is created. */
type GrantRequest = { readonly action: string; readonly roleId: string; readonly principalId?: string | undefined }

const writing = 'Microsoft.Authorization/roleAssignments/write'
export const isDelegation = (condition: string): boolean => /roleAssignments/i.test(condition)

export function mayGive(condition: string, request: Omit<GrantRequest, 'action'>): Known {
  try {
    const tokens = tokensOf(condition)
    const check = either(tokens)
    return tokens.length === 0 ? check({ ...request, action: writing }) : undefined
  } catch {
    return undefined
  }
}

const token = /\s*(@\w+\[[^\]]+\]|ActionMatches\s*\{[^}]*\}|\{[^}]*\}|'[^']*'|&&|\|\||[!()]|[A-Za-z]+(?::[A-Za-z]+)?)/y

function tokensOf(text: string): string[] {
  const found: string[] = []
  token.lastIndex = 0
  while (text.slice(token.lastIndex).trim() !== '') {
    const match = token.exec(text)
    if (!match) throw new SyntaxError('a part of the condition is not understood')
    found.push(match[1] ?? '')
  }
  return found
}

const took = (tokens: string[], ...words: readonly string[]): boolean => {
  const isNext = words.includes(tokens[0]?.toUpperCase() ?? '')
  if (isNext) tokens.shift()
  return isNext
}

function either(tokens: string[]): Check {
  const parts = [both(tokens)]
  while (took(tokens, 'OR', '||')) parts.push(both(tokens))
  return (request) => any(parts.map((part) => part(request)))
}

function both(tokens: string[]): Check {
  const parts = [one(tokens)]
  while (took(tokens, 'AND', '&&')) parts.push(one(tokens))
  return (request) => not(any(parts.map((part) => not(part(request)))))
}

const not = (known: Known): Known => (known === undefined ? undefined : !known)
/** One that holds is enough, even if others are unknown. */
const any = (all: readonly Known[]): Known => (all.includes(true) ? true : all.includes(undefined) ? undefined : false)

function one(tokens: string[]): Check {
  if (took(tokens, '!', 'NOT')) {
    const inner = one(tokens)
    return (request) => not(inner(request))
  }
  if (took(tokens, '(')) {
    const inner = either(tokens)
    if (!took(tokens, ')')) throw new SyntaxError('a closing parenthesis is missing')
    return inner
  }
  const next = tokens.shift() ?? ''
  if (/^ActionMatches/i.test(next)) {
    const [pattern = ''] = valuesOf(next.replace(/^ActionMatches\s*/i, ''))
    return ({ action }) => pattern.toLowerCase() === action.toLowerCase()
  }
  if (next.startsWith('@')) return comparison(next, tokens.shift() ?? '', valuesOf(tokens.shift() ?? ''))
  throw new SyntaxError(`'${next}' is not understood`)
}

const valuesOf = (text: string): readonly string[] =>
  text
    .replace(/^\{|\}$/g, '')
    .split(',')
    .map((value) => value.trim().replace(/^'|'$/g, ''))

function comparison(attribute: string, quantified: string, values: readonly string[]): Check {
  const [, source, name] = /^@(\w+)\[.*:(\w+)\]$/.exec(attribute) ?? []
  const [, quantifier, isNegated, ignores] =
    /^(?:(ForAnyOfAnyValues|ForAllOfAnyValues|ForAnyOfAllValues|ForAllOfAllValues):)?(?:Guid|String)(Not)?Equals(IgnoreCase)?$/.exec(
      quantified,
    ) ?? []
  const isUnknown = source !== 'Request' || (quantified !== '' && !/Equals/.test(quantified)) || (!quantifier && values.length > 1)
  const fold = (text: string): string => (ignores || /Guid/.test(quantified) ? text.toLowerCase() : text)
  return (request) => {
    const left = attributeOf(name, request)
    if (isUnknown || left === undefined) return undefined
    const matches = values.map((value) => (fold(value) === fold(left)) !== Boolean(isNegated))
    return quantifier?.endsWith('AllValues') ? matches.every(Boolean) : matches.some(Boolean)
  }
}

function attributeOf(name: string | undefined, { roleId, principalId }: GrantRequest): string | undefined {
  if (name === 'RoleDefinitionId') return roleId
  if (name === 'PrincipalType') return 'ServicePrincipal'
  return name === 'PrincipalId' ? principalId : undefined
}
