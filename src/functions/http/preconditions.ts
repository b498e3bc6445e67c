// ETag, If-Match and If-None-Match of linkers: https://www.rfc-editor.org/rfc/rfc9110#section-13.1
//
// An ETag has two parts: which version of the definition it is, and a digest of the answer, whose state and timeline change without a request. A
// write compares the first part only: it would overwrite nothing else, and a client that waited until its connection works may write on. A read compares all.
import { createHash } from 'node:crypto'
import type { HttpRequest } from '@azure/functions'
import { canonical } from '../../model/canonical.ts'
import type { LoopRow } from '../../ports/rows.ts'
import { Refusal } from './answers.ts'

/** Of a definition: another one for each change, whatever the clock says. A later life of the name that counts from one again has it only if it is the same. */
export const versionOf = ({ self }: Pick<LoopRow, 'self'>): string => `${self?.generation ?? 0}-${digest(canonical(self ?? {}))}`

export const etagOf = (version: string, body: object): string => `"${version}.${digest(JSON.stringify(body))}"`

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

type Tags = '*' | readonly string[]
export type Preconditions = { readonly match?: Tags; readonly noneMatch?: Tags }

export function preconditionsOf({ headers }: Pick<HttpRequest, 'headers'>): Preconditions {
  const [match, noneMatch] = [headers.get('if-match'), headers.get('if-none-match')]
  return { ...(match ? { match: tagsIn(match) } : {}), ...(noneMatch ? { noneMatch: tagsIn(noneMatch) } : {}) }
}

/** Proxies that compress an answer make its ETag weak (`W/`), and some clients leave out the quotes. */
const tagsIn = (text: string): Tags =>
  text.trim() === '*'
    ? '*'
    : text
        .split(',')
        .map((tag) =>
          tag
            .trim()
            .replace(/^W\//, '')
            .replace(/^"(.*)"$/, '$1'),
        )
        .filter((tag) => tag !== '')

const definitionIn = (tag: string): string => tag.split('.', 1)[0] ?? ''

/** `row`: what the write would replace. */
function holdsFor({ match, noneMatch }: Preconditions, row: LoopRow | undefined): boolean {
  const version = row?.self && versionOf(row)
  const isNamed = (tags: Tags): boolean => version !== undefined && (tags === '*' || tags.some((tag) => definitionIn(tag) === version))
  return (match === undefined || isNamed(match)) && (noneMatch === undefined || !isNamed(noneMatch))
}

/** No one has written the definition, or removed it, since it was read. */
export const isSameVersion = (row: LoopRow | undefined, before: LoopRow | undefined): boolean =>
  row?.removing === before?.removing && (row && versionOf(row)) === (before && versionOf(before))

/** A GET whose answer the caller has already. */
export const isKnown = ({ noneMatch }: Preconditions, etag: string): boolean =>
  noneMatch !== undefined && (noneMatch === '*' || noneMatch.includes(etag.slice(1, -1)))

/** @throws Refusal */
export function refuseUnlessHolds(preconditions: Preconditions, row: LoopRow | undefined): void {
  if (!holdsFor(preconditions, row)) throw preconditionFailed(preconditions, row)
}

function preconditionFailed(preconditions: Preconditions, row: LoopRow | undefined): Refusal {
  const message = row?.self
    ? preconditions.noneMatch === '*'
      ? `The connection ${row.self.name} exists. Leave out If-None-Match to change it.`
      : `The connection ${row.self.name} was changed since its ETag was read. GET it again, and repeat the request with its new ETag in If-Match.`
    : 'There is no such connection to match. Leave out If-Match to create it.'
  return new Refusal(412, { code: 'PreconditionFailed', message })
}
