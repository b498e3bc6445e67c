// Which auth type the body of a linker means: `authInfo.authType` and, where that alone does not tell, `targetService.resourceProperties`. The types
// themselves read the rest (src/auth/).
import { authTypes } from '../auth/catalogue.ts'
import type { AddIssue, LinkerAuth } from '../auth/wire.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Properties } from './body.ts'
import { requestedIn } from './resource-properties.ts'

export function authOf({ authInfo, targetService }: Properties, addIssue: AddIssue): LinkerAuth {
  const asked = requestedIn(targetService.resourceProperties)
  const meant = authTypes.filter(({ wire }) => requestedIn(wire.resourceProperties) === asked)
  const [first] = meant
  if (!first) addIssue('targetService.resourceProperties', 'it has no meaning for the targets of this version', 'leave it out')
  if (!authInfo) return first && asked !== '' ? { auth: first.name } : {}
  const { authType } = authInfo
  const named = authTypes.filter(({ wire }) => wire.authType.toLowerCase() === authType.toLowerCase())
  const type = named.find((one) => meant.includes(one)) ?? named[0]
  if (!type) addIssue('authInfo.authType', `'${sanitize(authType)}' is not supported by this version`, supported())
  else if (first && !meant.includes(type))
    addIssue('authInfo.authType', `resourceProperties do not go with ${type.wire.authType}`, `${first.wire.authType}, or leave them out`)
  return type?.wire.from(authInfo, addIssue) ?? {}
}

function supported(): string {
  const names = authTypes
    .filter(({ wire }) => wire.resourceProperties === undefined)
    .map(({ wire: { authType, note } }) => (note ? `${authType} (${note})` : authType))
  return [...names.slice(0, -1), `or ${names.at(-1)}`].join(', ')
}
