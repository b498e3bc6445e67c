// The api-versions of Microsoft.ServiceLinker, in the order in which they came, and that of this app's own additions. A client of an older version does
// not know the newer fields: what it leaves out of a PUT stays as it is, because it cannot have meant to take it away.
// https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/servicelinker/azure-mgmt-servicelinker/CHANGELOG.md says which version brought what.
import { isSame } from '../model/canonical.ts'
import { type Fields, fieldOf, isFields } from './fields.ts'
import { isMoved } from './patch.ts'

/** Of the fields that Azure Service Connector does not have. */
export const ownVersion = '2026-11-01'
export const apiVersions = [
  '2022-05-01',
  '2022-11-01-preview',
  '2023-04-01-preview',
  '2024-04-01',
  '2024-07-01-preview',
  ownVersion,
] as const
export type ApiVersion = (typeof apiVersions)[number]

/** They say nothing about the target, so they stay with another one. */
const ofAnyTarget = ['publicNetworkSolution', 'kubernetesTransport', 'paused', 'onDelete']

/** Fields of `properties` and the version that brought them; the others are in all versions. */
const newer: readonly (readonly [since: ApiVersion, object: string | undefined, field: string])[] = [
  ['2022-11-01-preview', undefined, 'publicNetworkSolution'],
  ['2022-11-01-preview', undefined, 'configurationInfo'],
  ['2022-11-01-preview', 'authInfo', 'roles'],
  ['2023-04-01-preview', 'authInfo', 'authMode'],
  ['2023-04-01-preview', 'configurationInfo', 'daprProperties'],
  [ownVersion, 'authInfo', 'federation'],
  [ownVersion, 'configurationInfo', 'keyNaming'],
  [ownVersion, 'configurationInfo', 'shape'],
  [ownVersion, undefined, 'secretProviderClass'],
  [ownVersion, undefined, 'kubernetesTransport'],
  [ownVersion, undefined, 'paused'],
  [ownVersion, undefined, 'onDelete'],
]

const isOlder = (version: ApiVersion, since: ApiVersion): boolean => apiVersions.indexOf(version) < apiVersions.indexOf(since)

/** The body of a PUT with the fields of `current` that its version does not know and that it does not name. */
export function withNewerFields(body: unknown, current: Fields, version: ApiVersion): unknown {
  if (!isFields(body) || !isFields(body['properties'])) return body
  const kept = new Map(Object.entries(body['properties']))
  for (const [since, object, field] of newer) {
    if (!isOlder(version, since) || (isMoved(current, body) && !ofAnyTarget.includes(field))) continue
    if (object === undefined) {
      if (!kept.has(field) && fieldOf(current, field) !== undefined) kept.set(field, current[field])
      continue
    }
    const [before, after] = [fieldOf(current, object), kept.get(object) ?? {}]
    if (!isFields(before) || !isFields(after)) continue
    if (object === 'authInfo' && !isSameType(before, after)) continue
    if (field === 'authMode' && !hasSameRoles(before, after)) continue
    kept.set(object, withField(after, before, field))
  }
  return { ...body, properties: Object.fromEntries(kept) }
}

const withField = (after: Fields, before: Fields, field: string): Fields =>
  Object.hasOwn(after, field) || fieldOf(before, field) === undefined ? after : { ...after, [field]: before[field] }

const isSameType = (before: Fields, after: Fields): boolean => authTypeIn(before) === authTypeIn(after)

/** A mode says nothing beside other roles. */
const hasSameRoles = (before: Fields, after: Fields): boolean =>
  fieldOf(after, 'roles') === undefined || isSame(after['roles'], before['roles'])

/** In lower case. A body that is refused later may have anything there. */
function authTypeIn(authInfo: Fields): string | undefined {
  const type = fieldOf(authInfo, 'authType')
  return typeof type === 'string' ? type.toLowerCase() : undefined
}
