// The `authInfo` of a linker's body: which auth type it means. The types themselves read the rest (src/auth/).
import { authTypes } from '../auth/catalogue.ts'
import type { AddIssue, LinkerAuth } from '../auth/wire.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Properties } from './body.ts'

export function authOf({ authInfo }: Properties, addIssue: AddIssue): LinkerAuth {
  if (!authInfo) return {}
  const { authType } = authInfo
  const type = authTypes.find(({ wire }) => wire.authType.toLowerCase() === authType.toLowerCase())
  if (type) return type.wire.from(authInfo, addIssue)
  addIssue('authInfo.authType', `'${sanitize(authType)}' is not supported by this version`, supported())
  return {}
}

function supported(): string {
  const names = authTypes.map(({ wire: { authType, note } }) => (note ? `${authType} (${note})` : authType))
  return [...names.slice(0, -1), `or ${names.at(-1)}`].join(', ')
}
