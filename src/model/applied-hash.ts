// Applied hashes: what is known of an object that was handed to the Service Connector extension. The extension accepts requests but cannot be asked
// about their result; its own resource, however, keeps the settings of the last request. So every request adds an applied hash to them: the owner and
// a digest of the content. Later changes inside the cluster are not visible; see docs/transports.md.
import { scryptSync } from 'node:crypto'
import { keyOf } from './loop.ts'
import type { Mark } from './managed-object.ts'

const prefix = 'aksServiceConnector.'
/** Which applied hash the last request wrote: if the extension is `Failed`, that request failed. */
const lastKey = `${prefix}last`
const removedText = 'removed'

export type AppliedHashes = Readonly<Record<string, string>>
export type AppliedHash =
  | { readonly is: 'none'; readonly last: boolean }
  | { readonly is: 'removed'; readonly last: boolean }
  | { readonly is: 'there'; readonly last: boolean; readonly mark: Mark; readonly digest: string }

const appliedHashKey = (managedId: string): string => `${prefix}${keyOf(managedId)}`

/** Anyone who can read the cluster can read this and try passwords against it, so the hash is a slow one. */
export const digestOf = (content: string, managedId: string): string =>
  scryptSync(content, managedId, 16, { N: 2 ** 14 }).toString('base64url')

export function appliedHashOf(
  settings: AppliedHashes,
  managedId: string,
  mine: { readonly installation: string; readonly owner: string },
): AppliedHash {
  const key = appliedHashKey(managedId)
  const last = settings[lastKey] === key
  const text = settings[key]
  if (text === undefined) return { is: 'none', last }
  if (text === removedText) return { is: 'removed', last }
  const [installation, owner, digest = ''] = text.split(' ')
  return { is: 'there', last, digest, mark: installation === mine.installation && owner === mine.owner ? 'ours' : 'foreign' }
}

/** A failed request leaves no valid applied hash: otherwise the next request would count as its success. */
export function withoutLast(settings: AppliedHashes): AppliedHashes {
  const last = settings[lastKey]
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== last))
}

/** The settings to send with a request: all existing ones except applied hashes of removed objects, which have been read by then. */
export function withAppliedHash(
  settings: AppliedHashes,
  managedId: string,
  request: { readonly installation: string; readonly owner: string; readonly digest: string } | 'removed',
): AppliedHashes {
  const others = Object.entries(settings).filter(([key, text]) => !(key.startsWith(prefix) && text === removedText))
  const key = appliedHashKey(managedId)
  const text = request === 'removed' ? removedText : `${request.installation} ${request.owner} ${request.digest}`
  return { ...Object.fromEntries(others), [key]: text, [lastKey]: key }
}

/** Whether any request was ever made: if so, a failure of the extension is a failure of a request, not of the installation. */
export const hasRequests = (settings: AppliedHashes): boolean => settings[lastKey] !== undefined

/** Keys of the objects that any installation handed over, as far as the settings still say. */
export const handedObjects = (settings: AppliedHashes): readonly string[] =>
  Object.keys(settings).flatMap((key) => (key.startsWith(prefix) && key !== lastKey ? [key.slice(prefix.length)] : []))
