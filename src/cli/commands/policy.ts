// `sc policy list|show|set|delete`: who may be connected to what.
import { wordsOf } from '../arguments.ts'
import type { Command, Result, Session } from '../command.ts'
import { usage } from '../exit.ts'
import { jsonIn } from '../input.ts'
import { table } from '../print.ts'

type Policy = { readonly name: string; readonly allow?: Readonly<Record<string, unknown>>; readonly warnings?: readonly string[] }

const columns = ['clusters', 'targets', 'namespaces', 'auth'] as const

const policyText = ({ warnings = [], ...policy }: Policy): string =>
  [JSON.stringify(policy, null, 2), ...warnings.map((text) => `warning: ${text}`)].join('\n')

type Row = {
  readonly id: string
  readonly target: string
  readonly namespace: string
  readonly notAllowed?: true
  readonly nameTaken?: true
}
type Part<T> = { readonly count: number; readonly first: readonly T[] }
type Preview = {
  readonly clusters: number
  readonly connects: Part<Row>
  readonly disconnects: Part<Row> & { readonly isKeptLonger?: boolean }
  readonly problems: Part<{ readonly cluster: string; readonly text: string }>
}

function previewText({ clusters, connects, disconnects, problems }: Preview): string {
  const lineOf = (sign: string, { id, target, namespace, notAllowed, nameTaken }: Row): string =>
    `${sign} ${id} (${namespace}) to ${target}${notAllowed ? ': no policy allows it' : ''}${nameTaken ? ': the name is taken' : ''}`
  return [
    `${clusters} clusters; connects ${connects.count}, disconnects ${disconnects.count}${disconnects.isKeptLonger ? ' (kept a day first)' : ''}, ${problems.count} problems`,
    ...connects.first.map((row) => lineOf('+', row)),
    ...disconnects.first.map((row) => lineOf('-', row)),
    ...problems.first.map(({ cluster, text }) => `! ${cluster}: ${text}`),
  ].join('\n')
}

const pathOf = (name: string): string => `/policies/${encodeURIComponent(name)}`

const actions: Readonly<Record<string, (session: Session) => Promise<Result>>> = {
  async list({ api, given }) {
    wordsOf(given, 'list')
    const all = (await api.list('/policies')) as readonly Policy[]
    const rows = all.map(({ name, allow = {} }) => [name, ...columns.map((column) => [allow[column] ?? []].flat().join(' '))])
    const text = table(['NAME', ...columns.map((column) => column.toUpperCase())], rows)
    return { data: all, text: all.length > 0 ? text : 'There is no policy: nothing is allowed.' }
  },
  async show({ api, given }) {
    const [, name = ''] = wordsOf(given, 'show', '<name>')
    const { body } = await api.call('GET', pathOf(name))
    return { data: body, text: policyText(body as Policy) }
  },
  async set({ api, given, terminal }) {
    const [, name = ''] = wordsOf(given, 'set', '<name>')
    const file = given.text('file')
    if (file === undefined) throw usage('Write --file with the policy as JSON, or --file - for standard input: docs/policies.md.')
    const { body } = await api.call('PUT', pathOf(name), jsonIn(await terminal.read(file), file))
    return { data: body, text: policyText(body as Policy) }
  },
  async preview({ api, given, terminal }) {
    const [, name = ''] = wordsOf(given, 'preview', '<name>')
    const file = given.text('file')
    if (file === undefined) throw usage('Write --file with the policy as JSON, or --file - for standard input: docs/policies.md.')
    const { body } = await api.call('POST', `${pathOf(name)}/preview`, jsonIn(await terminal.read(file), file))
    return { data: body, text: previewText(body as Preview) }
  },
  async delete({ api, given }) {
    const [, name = ''] = wordsOf(given, 'delete', '<name>')
    const { status } = await api.call('DELETE', pathOf(name))
    return { data: null, text: status === 204 ? `There is no policy '${name}'.` : `${name} is deleted.` }
  },
}

export const policy: Command = {
  name: 'policy',
  about: 'Policies: who may be connected to what',
  words: `<${Object.keys(actions).join('|')}> [<name>]`,
  options: { file: { short: 'f', value: '<file>', about: 'of set and preview: the policy as JSON; - is standard input' } },
  examples: ['sc policy list', 'sc policy set shop --file shop.json'],
  run(session) {
    const [word = ''] = session.given.words
    const action = Object.hasOwn(actions, word) ? actions[word] : undefined
    if (!action)
      throw usage(
        `Write one of: ${Object.keys(actions)
          .map((name) => `sc policy ${name}`)
          .join(', ')}.`,
      )
    return action(session)
  },
}
