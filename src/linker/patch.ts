// What the body of a PATCH makes of a linker: a JSON merge patch (https://www.rfc-editor.org/rfc/rfc7396), where `null` takes a field away. Two things a
// linker adds to that: an object of another kind replaces the one before, and fields that say one thing in several ways change together.
import { isSame } from '../model/canonical.ts'
import type { Connection } from '../model/connection.ts'
import type { IdentityFacts } from '../model/facts.ts'
import { linkerOf } from './answer.ts'
import { type Fields, fieldOf, isFields } from './fields.ts'

/** They say of which kind an object is; the fields of one kind mean nothing in another. */
const kinds = ['type', 'authType', 'secretType']
/** Who signs in, by ids that name the same; and whether roles are assigned, and which. */
const alike = [
  ['identityId', 'clientId', 'principalId', 'subscriptionId'],
  ['authMode', 'roles'],
]

/** What a PUT would say of it. `usual`: the default roles of its target type, which are not written down: another target has others. */
export function propertiesOf(self: Connection, identity: Partial<IdentityFacts>, usual: readonly string[]): Fields {
  const { properties } = linkerOf(self, { provisioningState: '', facts: {}, identity, problems: [] })
  const { authInfo } = properties
  const hasUsual = isFields(authInfo) && isSame(authInfo['roles'], usual)
  return { ...properties, ...(hasUsual ? { authInfo: { ...authInfo, roles: undefined } } : {}) }
}

/** The body of a PUT. `current`: its properties. */
export const patchedLinker = (current: Fields, patch: unknown): unknown =>
  patched({ properties: { ...current, ...(isMoved(current, patch) ? { targetType: undefined } : {}) } }, patch)

/** Another target can be of another type, with other roles. */
export function isMoved(current: Fields, body: unknown): boolean {
  const before = fieldOf(current, 'targetService')
  const after = isFields(body) && isFields(body['properties']) ? fieldOf(body['properties'], 'targetService') : undefined
  if (!isFields(before) || !isFields(after)) return false
  return ['id', 'endpoint'].some((name) => {
    const [from, to] = [fieldOf(before, name), fieldOf(after, name)]
    return typeof to === 'string' && to.toLowerCase() !== String(from).toLowerCase()
  })
}

function patched(current: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const before = isFields(current) && !isOfAnotherKind(current, patch) ? withoutOutdated(current, patch) : {}
  const changed = Object.entries(patch).map(([name, value]) => [name, patched(fieldOf(before, name), value)] as const)
  return Object.fromEntries([...Object.entries(before), ...changed].filter(([name]) => fieldOf(patch, name) !== null))
}

const isOfAnotherKind = (current: Fields, patch: Fields): boolean =>
  kinds.some((name) => {
    const [before, after] = [fieldOf(current, name), fieldOf(patch, name)]
    return typeof before === 'string' && typeof after === 'string' && before.toLowerCase() !== after.toLowerCase()
  })

function withoutOutdated(current: Fields, patch: Fields): Fields {
  const outdated = alike
    .filter((names) => names.some((name) => Object.hasOwn(patch, name) && !isSame(fieldOf(patch, name), fieldOf(current, name))))
    .flat()
  return Object.fromEntries(Object.entries(current).filter(([name]) => !outdated.includes(name)))
}
