// Keys that an author adds to the Secret (`additionalConfigurations` of Azure Service Connector). They are stored and answered as they are, so no
// secret belongs there.

import { sanitize, type ValidationIssue } from '../model/validation-issue.ts'
import { secretKey, secretKeyRule } from './secret-keys.ts'

/** Characters of all names and values: what the row of a connection has room for. */
const most = 12_000

/** `written`: the keys that the connection has without them. */
export function additionalConfigurationIssues(
  added: Readonly<Record<string, string>>,
  written: readonly string[],
): readonly Omit<ValidationIssue, 'field'>[] {
  const names = Object.keys(added)
  const bad = names.filter((name) => !secretKey.test(name))
  const taken = names.filter((name) => written.includes(name))
  const size = Object.entries(added).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  const listed = (some: readonly string[]): string => `'${sanitize(some.join(', '))}'`
  return [
    ...(bad.length > 0 ? [{ message: `not valid as keys of a Kubernetes Secret: ${listed(bad)}`, hint: secretKeyRule }] : []),
    ...(taken.length > 0
      ? [
          {
            message: `the connection writes these keys itself: ${listed(taken)}`,
            hint: 'another name, or customizedKeys for those of the connection',
          },
        ]
      : []),
    ...(size > most ? [{ message: `names and values have ${size} characters together`, hint: `at most ${most}` }] : []),
  ]
}
