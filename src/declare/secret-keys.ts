// Custom names for keys of the Secret (`customizedKeys` of Azure Service Connector: default key -> custom key). Azure Service Connector documents no
// validation (https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update); a wrong key would only show in a pod, so it is refused
// here.

import type { Auth } from '../model/auth.ts'
import { type KeyNames, secretKeyName } from '../model/secret-key-names.ts'
import type { TargetType } from '../model/target-type.ts'
import { sanitize, type ValidationIssue } from '../model/validation-issue.ts'

/**
 * https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data; keys are file names, and the kubelet uses `..` itself; JavaScript
 * clients lose `__proto__`.
 */
export const secretKey = /^(?!\.\.|\.$|__proto__$)[-._a-zA-Z0-9]{1,253}$/
export const secretKeyRule = '1 to 253 of letters, digits, -, _ and ., not . alone, not .. at the beginning, and not __proto__'

export function customizedKeyIssues(
  customized: Readonly<Record<string, string>>,
  type: TargetType,
  auth: Auth,
  client: string,
  { name = '', keyNaming }: Partial<KeyNames> = {},
): readonly Omit<ValidationIssue, 'field'>[] {
  const written = type.keys(auth, client)
  const listed = (names: readonly string[]): string => `'${sanitize(names.join(', '))}'`
  const all = (names: readonly string[], one: string, more: string): string => `${listed(names)} ${names.length === 1 ? one : more}`
  const own = new Map(Object.entries(customized))
  const unknown = [...own.keys()].filter((key) => !written.includes(key))
  const bad = [...own.values()].filter((name) => !secretKey.test(name))
  const names = written.map((key) => secretKeyName(key, { name, customizedKeys: customized, keyNaming }))
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) < index))]
  return [
    ...(unknown.length > 0
      ? [
          {
            message: `${all(unknown, 'is not a key', 'are not keys')} that ${type.type} writes with auth ${auth} and client ${client}`,
            hint: `own names for ${written.join(', ')}`,
          },
        ]
      : []),
    ...(bad.length > 0
      ? [
          {
            message: `${all(bad, 'is not a valid key', 'are not valid keys')} of a Kubernetes Secret`,
            hint: secretKeyRule,
          },
        ]
      : []),
    ...(twice.length > 0
      ? [{ message: `two keys would get the same name ${listed(twice)}`, hint: `a different name for each of ${written.join(', ')}` }]
      : []),
  ]
}
