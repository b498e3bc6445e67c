// The Dapr component that an author asks for. What the app writes itself cannot be given, and nothing that could be a key: every principal that may read components
// would read it.
import type { DeclaredTransport } from '../model/connection.ts'
import type { DaprInput, DaprProperties, DaprType } from '../model/dapr.ts'
import { sanitize } from '../model/validation-issue.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { bad, type FieldIssue, good, type Parsed } from './connection-fields.ts'
import type { ConnectionInput } from './connection-input.ts'

const secretive = /key$|secret|password|connectionstring|token|certificate/i
const metadataName = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/
/** A Service named after the app must be possible. https://github.com/dapr/dapr/blob/master/pkg/validation/validation.go */
const appId = /^[a-z0-9]([a-z0-9-]{0,56}[a-z0-9])?$/
const most = 50

export function daprIn({ dapr, type }: ConnectionInput, transport: DeclaredTransport | undefined): Parsed<DaprProperties | undefined> {
  if (dapr === undefined) return good(undefined)
  const offered = type.dapr ?? []
  const [first] = offered
  if (!first) return bad('dapr', `there is no Dapr component on ${type.type}`, 'leave it out')
  const found = dapr.componentType === undefined ? first : offered.find((one) => one.componentType === dapr.componentType?.toLowerCase())
  if (!found)
    return bad(
      'dapr',
      `'${sanitize(dapr.componentType ?? '')}' is not a component on ${type.type}`,
      `one of ${offered.map(({ componentType }) => componentType).join(', ')}`,
    )
  const issues = [...metadataIssues(dapr, found), ...placeIssues(dapr, transport)]
  if (issues.length > 0) return { issues }
  const { version = found.version, metadata = [], scopes = [] } = dapr
  return good({ componentType: found.componentType, version, metadata, scopes })
}

function metadataIssues({ metadata = [] }: DaprInput, { componentType, required, written }: DaprType): readonly FieldIssue[] {
  const names = metadata.map(({ name }) => name)
  const issue = (message: string, hint: string): FieldIssue => ({ field: 'dapr', message, hint })
  const missing = required.filter((name) => !names.includes(name))
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  const known = new Set(written.map((name) => name.toLowerCase()))
  return [
    ...(metadata.length > most ? [issue(`${metadata.length} entries of metadata are too many`, `at most ${most}`)] : []),
    ...names
      .filter((name) => !metadataName.test(name))
      .map((name) => issue(`'${sanitize(name)}' is not a name of metadata`, 'letters, digits, ., _ and -')),
    ...(twice.length > 0 ? [issue(`the metadata ${sanitize([...new Set(twice)].join(', '))} is given twice`, 'each name once')] : []),
    ...(missing.length > 0
      ? [issue(`${componentType} needs the metadata ${missing.join(', ')}`, 'in metadata of configurationInfo.daprProperties, over HTTP')]
      : []),
    ...names
      .filter((name) => known.has(name.toLowerCase()))
      .map((name) => issue(`the metadata ${sanitize(name)} is written by the app`, 'leave it out')),
    ...names
      .filter((name) => secretive.test(name) && !required.includes(name) && !known.has(name.toLowerCase()))
      .map((name) => issue(`the metadata ${sanitize(name)} could be a secret, and a component is no place for one`, 'leave it out')),
  ]
}

function placeIssues({ scopes = [], version }: DaprInput, transport: DeclaredTransport | undefined): readonly FieldIssue[] {
  const issue = (message: string, hint: string): FieldIssue => ({ field: 'dapr', message, hint })
  return [
    ...(scopes.length > most ? [issue(`${scopes.length} scopes are too many`, `at most ${most}`)] : []),
    ...scopes
      .filter((scope) => !appId.test(scope))
      .map((scope) => issue(`'${sanitize(scope)}' is not the id of a Dapr app`, 'a-z, 0-9 and -, at most 58 characters')),
    ...(version !== undefined && !/^v\d{1,2}$/.test(version)
      ? [issue(`'${sanitize(version)}' is not a version of a component`, 'v1, or leave it out')]
      : []),
    ...(transport !== undefined && transportTypeOf({ transport }).carries === 'plain Secrets and ServiceAccounts'
      ? [issue(`transport ${transport} writes no Dapr components`, 'transport direct, or leave it out')]
      : []),
  ]
}
