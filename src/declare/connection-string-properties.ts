// What an author adds to connection strings. It is stored and answered as it is, so no secret belongs there; and it must not lead the pods with their
// credential to another place, which a second `Endpoint=` would do: of two properties of one name most clients take the last.

import { isConnectionString } from '../model/connection-string.ts'
import { sanitize, type ValidationIssue } from '../model/validation-issue.ts'

const name = /^[A-Za-z][A-Za-z0-9 _.-]{0,62}$/
/** Separators and quotes mean different things to different clients. */
const value = /^[^;,&"'\p{Cc}]{1,1024}$/u
const place =
  /endpoint|(^|[^a-z])url|^(host(name|addr)?|server(name)?|data ?source|addr(ess)?|network ?address|port|service(host)?|account ?name)$/i
const signIn =
  /password|pwd|passfile|(account|access|shared|api).*key|secret|token|signature|^(uid|user( ?(id|name))?|id|key)$|^(auth|authentication)/i

/** Characters of all names and values: what the row of a connection has room for. */
const most = 4_000

/** `keys`: those that the connection writes. */
export function connectionStringIssues(
  added: Readonly<Record<string, string>>,
  keys: readonly string[],
): readonly Omit<ValidationIssue, 'field'>[] {
  const all = Object.entries(added)
  if (all.length === 0) return []
  if (!keys.some(isConnectionString))
    return [{ message: 'the connection writes no connection string', hint: 'nothing, or an auth and client type that has one' }]
  const wrong = (is: (name: string, value: string) => boolean): string | undefined => {
    const found = all.filter(([one, of]) => is(one, of)).map(([one]) => one)
    return found.length > 0 ? `'${sanitize(found.join(', '))}'` : undefined
  }
  const badNames = wrong((one) => !name.test(one))
  const badValues = wrong((_, of) => !value.test(of))
  const reserved = wrong((one) => place.test(one) || signIn.test(one))
  const size = all.reduce((sum, [one, of]) => sum + one.length + of.length, 0)
  return [
    ...(badNames
      ? [{ message: `not valid as names of properties: ${badNames}`, hint: 'letters, digits, spaces and . _ - after a letter' }]
      : []),
    ...(badValues ? [{ message: `these have values that would end them: ${badValues}`, hint: 'values without ; , & and quotes' }] : []),
    ...(reserved
      ? [{ message: `the connection itself says where to connect and how to sign in: ${reserved}`, hint: 'other properties' }]
      : []),
    ...(size > most ? [{ message: `names and values have ${size} characters together`, hint: `at most ${most}` }] : []),
  ]
}
