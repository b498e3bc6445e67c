// The names of keys in the Secret of a connection: the documented ones, or the author's own, or with the connection's name in them.
import type { ConnectionSpec } from './connection.ts'

export type KeyNames = Pick<ConnectionSpec, 'name'> & { readonly [P in 'customizedKeys' | 'keyNaming']?: ConnectionSpec[P] | undefined }

/**
 * `keyNaming`: what Azure Service Connector writes for the second connection of a type: the name stands after the type,
 * `AZURE_STORAGEBLOB_CONN2_RESOURCEENDPOINT` (https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-blob). Keys in another
 * form, such as Spring's properties, have no place for it.
 */
export function secretKeyName(key: string, { name, customizedKeys, keyNaming }: KeyNames): string {
  if (customizedKeys && Object.hasOwn(customizedKeys, key)) return customizedKeys[key] ?? key
  if (keyNaming !== 'perConnection') return key
  return key.replace(/^(AZURE_[A-Z0-9]+)_(?=[A-Z0-9_]+$)/, `$1_${name.replaceAll(/[^a-zA-Z0-9]/g, '').toUpperCase()}_`)
}
