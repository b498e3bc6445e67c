// Receipts: what can be known of an object that was handed over to the extension of Service Connector. The extension takes orders and cannot be
// asked what became of them, but its own resource keeps the settings that came with one. So each order carries a receipt in them: whose it is,
// and a digest of what was in it. What somebody does in the cluster afterwards is not seen; docs/transports.md says so.
import { scryptSync } from 'node:crypto'
import { keyOf } from './loop.ts'
import type { Mark } from './managed-object.ts'

const prefix = 'aksServiceConnector.'
/** Which of the receipts came with the last order: if the extension is `Failed`, it was this one that failed. */
const lastKey = `${prefix}last`
const taken = 'taken-back'

export type AppliedHashes = Readonly<Record<string, string>>
export type AppliedHash =
  | { readonly is: 'none'; readonly last: boolean }
  | { readonly is: 'taken-back'; readonly last: boolean }
  | { readonly is: 'there'; readonly last: boolean; readonly mark: Mark; readonly digest: string }

const appliedHashKey = (managedId: string): string => `${prefix}${keyOf(managedId)}`

/** Readers of the cluster can read it, and try passwords against it: so it is a slow one. */
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
  if (text === taken) return { is: 'taken-back', last }
  const [installation, owner, digest = ''] = text.split(' ')
  return { is: 'there', last, digest, mark: installation === mine.installation && owner === mine.owner ? 'ours' : 'foreign' }
}

/** An order that failed leaves no receipt that counts: the next order would be taken for its success. */
export function withoutLast(settings: AppliedHashes): AppliedHashes {
  const last = settings[lastKey]
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== last))
}

/** The settings that go with an order: all that is there already, but for receipts of things taken back, which have been read by then. */
export function withAppliedHash(
  settings: AppliedHashes,
  managedId: string,
  entry: { readonly installation: string; readonly owner: string; readonly digest: string } | 'taken-back',
): AppliedHashes {
  const kept = Object.entries(settings).filter(([key, text]) => !(key.startsWith(prefix) && text === taken))
  const key = appliedHashKey(managedId)
  const text = entry === 'taken-back' ? taken : `${entry.installation} ${entry.owner} ${entry.digest}`
  return { ...Object.fromEntries(kept), [key]: text, [lastKey]: key }
}

/** Whether anything was ever handed over: then a failure of the extension is one of an order, not of its installation. */
export const hasReceipts = (settings: AppliedHashes): boolean => settings[lastKey] !== undefined
