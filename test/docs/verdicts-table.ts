// The matrix of docs/cleanup.md, written from the rule of the sweep itself: each row is a situation, and what the rule decides about it.
import { type Decision, decide, type Finding, type Terms } from '../../src/sweep/decide.ts'

const hour = 60 * 60_000
const now = 100 * hour
const free: Finding = { isOwned: false, isSystem: false, isGoing: false, isMarked: false, users: [] }
const terms: Terms = { now, graceMs: 24 * hour, isOn: true }
const marked = { freeSince: now - 25 * hour, markedAt: now - 25 * hour }

type Row = readonly [what: string, Partial<Finding>, Parameters<typeof decide>[1], on?: boolean]
const rows: readonly Row[] = [
  ['its connection is gone, nothing uses it', {}, {}],
  ['marked an hour ago', {}, { freeSince: now - hour, markedAt: now - hour }],
  ['marked a day ago, and free ever since', {}, marked],
  ['marked a day ago, free again for an hour', {}, { freeSince: now - hour, markedAt: now - 25 * hour }],
  ['used', { users: ['Deployment shop/web'] }, marked],
  ['a kind of users could not be listed', { users: { unknown: ['pods'] } }, marked],
  ['its connection came back', { isOwned: true }, marked],
  ['annotated with `service-connector/prune=disabled`', { optOut: 'annotation' }, marked],
  ['no proof that the product made it: a copy, a label by hand', { unproven: 'a copy' }, {}],
  ['in `kube-system`, `sc-system` and the like', { isSystem: true }, {}],
  ['being deleted, and held by a finalizer', { isGoing: true }, marked],
  ['approved by a person', {}, { approved: { by: 'ada', at: now } }],
  ['approved by a person, and used', { users: ['Pod shop/web-1'] }, { approved: { by: 'ada', at: now } }],
]

const acts: Readonly<Record<string, string>> = { mark: 'marks it', unmark: 'takes the mark off', delete: 'deletes it' }
const said = ({ verdict, act }: Decision): string => (act === undefined ? verdict : `${verdict}: ${acts[act]}`)

export function withVerdicts(page: string): string {
  const [start, end] = ['<!-- verdicts: written by npx vitest run test/docs -u -->\n', '<!-- /verdicts -->']
  const from = page.indexOf(start)
  const to = page.indexOf(end)
  if (from === -1 || to === -1) throw new Error('The page has no place for the verdicts')
  const lines = rows.map(([what, finding, before]) => {
    const cells = [true, false].map((isOn) => said(decide({ ...free, ...finding }, isOn ? before : reported(before), { ...terms, isOn })))
    return `| ${what} | ${cells.join(' | ')} |`
  })
  const table = ['| the object is | with deletion on | with deletion off |', '|---|---|---|', ...lines].join('\n')
  return `${page.slice(0, from)}${start}${table}\n${page.slice(to)}`
}

/** With deletion off nothing has been marked. */
const reported = ({ markedAt: _, ...before }: Row[2]): Row[2] => before
