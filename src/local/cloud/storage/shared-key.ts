// Signatures with an account key, both ways: the caller's is checked with the simulated account's keys, the gate's own towards Azurite
// is made with the pool account's key.
// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { StorageService } from './azurite.ts'

export type Signable = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}
export type Scheme = 'SharedKey' | 'SharedKeyLite'

export const sign = (key: string, text: string): string =>
  createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64')

export function sameSignature(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export function stringToSign(scheme: Scheme, service: StorageService, account: string, request: Signable): string {
  const header = (name: string): string => request.headers[name] ?? ''
  if (service === 'table') {
    const date = header('x-ms-date') || header('date')
    const parts = scheme === 'SharedKeyLite' ? [date] : [request.method, header('content-md5'), header('content-type'), date]
    return [...parts, resource(account, request, true)].join('\n')
  }
  const length = header('content-length')
  const date = header('x-ms-date') ? '' : header('date')
  const standard =
    scheme === 'SharedKeyLite'
      ? [header('content-md5'), header('content-type'), date]
      : [
          header('content-encoding'),
          header('content-language'),
          length === '0' ? '' : length,
          header('content-md5'),
          header('content-type'),
          date,
          header('if-modified-since'),
          header('if-match'),
          header('if-none-match'),
          header('if-unmodified-since'),
          header('range'),
        ]
  return [request.method, ...standard, ...ownHeaders(request), resource(account, request, scheme === 'SharedKeyLite')].join('\n')
}

const ownHeaders = ({ headers }: Signable): string[] =>
  Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim()}`)

/** The short form has of the query only `comp`. */
function resource(account: string, { path, query }: Signable, short: boolean): string {
  const base = `/${account}${path || '/'}`
  if (short) {
    const comp = query.get('comp')
    return comp === null ? base : `${base}?comp=${comp}`
  }
  const names = [...new Set([...query.keys()])].sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1))
  return [base, ...names.map((name) => `${name.toLowerCase()}:${query.getAll(name).sort().join(',')}`)].join('\n')
}
