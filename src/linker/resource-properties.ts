// `targetService.resourceProperties`: what a linker says of its target besides where it is. Some mean an auth type (src/auth/), one an extension of the cluster.
// https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update#appconfigresourceproperties
import { authTypeOf } from '../auth/catalogue.ts'
import type { AddIssue } from '../auth/wire.ts'
import type { ConnectionSpec } from '../model/connection.ts'

const byExtension = 'connectWithKubernetesExtension'

/** Those that are on, but for the one about an extension. Their `type` only repeats that of the target. */
export const requestedIn = (properties: unknown): string =>
  isObject(properties)
    ? Object.entries(properties)
        .flatMap(([name, value]) => (name === 'type' || name === byExtension || isOff(value) ? [] : [`${name}=${JSON.stringify(value)}`]))
        .sort()
        .join()
    : String(properties ?? '')

/** Whether the extension of the target is to be used. Which targets have one is checked with the rest of the input. */
export function extensionIn(properties: unknown, addIssue: AddIssue): boolean {
  const value = isObject(properties) && Object.hasOwn(properties, byExtension) ? properties[byExtension] : undefined
  if (isOff(value) || value === true) return value === true
  addIssue(`targetService.resourceProperties.${byExtension}`, 'it is neither true nor false', 'true, or leave it out')
  return false
}

export const resourcePropertiesOf = (connection: ConnectionSpec): object | undefined =>
  connection.kubernetesExtension ? { type: 'AppConfig', [byExtension]: true } : authTypeOf(connection).wire.resourceProperties

const isOff = (value: unknown): boolean => value === false || value === null || value === undefined
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
