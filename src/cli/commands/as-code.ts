// Commands that turn a connection into code or an environment: export, manifest, local-env. And what the sweep found: orphans.
import { shellText } from '../../model/as-code.ts'
import { clusterOption, wordsOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { usage } from '../exit.ts'
import { clusterOf, linkerPath } from '../place.ts'
import { table, yamlOf } from '../print.ts'

const formats = ['bicep', 'terraform', 'azapi', 'kubernetes', 'cli'] as const
type Exported = { readonly files: readonly { readonly name: string; readonly text: string }[]; readonly notes: readonly string[] }

export const exportAs: Command = {
  name: 'export',
  about: 'The objects of a connection as code, without secrets',
  words: '<name>',
  options: { ...clusterOption, format: { value: '<format>', about: formats.join(', '), oneOf: formats } },
  examples: ['sc export photos --format kubernetes | kubectl apply --server-side --field-manager aks-service-connector -f -'],
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const format = session.given.text('format')
    if (format === undefined) throw usage(`Write --format ${formats.join(', --format ')}.`)
    const { body } = await session.api.call('GET', `${linkerPath(clusterOf(session), name, '/export')}&format=${format}`)
    const { files, notes } = body as Exported
    for (const note of notes) session.terminal.note(note)
    const comment = format === 'bicep' ? '//' : '#'
    const text = files.map((file) => (files.length > 1 ? `${comment} ${file.name}\n${file.text}` : file.text)).join('\n')
    return { data: body, text: text.trimEnd() }
  },
}

const workloads = ['Deployment', 'Job'] as const

export const manifest: Command = {
  name: 'manifest',
  about: 'A Deployment or Job that uses a connection, as YAML',
  words: '<name>',
  options: {
    ...clusterOption,
    kind: { value: '<kind>', about: workloads.join(', '), oneOf: workloads },
    image: { value: '<image>', about: 'of the container' },
  },
  examples: ['sc manifest photos --image registry.example.com/shop:2 | kubectl apply -f -'],
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const query = ['kind', 'image'].flatMap((option) => {
      const value = session.given.text(option)
      return value === undefined ? [] : [`&${option}=${encodeURIComponent(value)}`]
    })
    const { body } = await session.api.call('GET', `${linkerPath(clusterOf(session), name, '/manifest')}${query.join('')}`)
    return { data: body, text: yamlOf(body) }
  },
}

type Environment = { readonly variables: Readonly<Record<string, string>>; readonly roles?: readonly string[] }

export const localEnv: Command = {
  name: 'local-env',
  about: "The secretless environment of a connection for a developer's machine, as lines for a shell",
  words: '<name>',
  options: {
    ...clusterOption,
    principal: { value: '<object id>', about: 'also the lines that give this person the roles, if a policy names them' },
  },
  examples: ['eval "$(sc local-env photos)"'],
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const principal = session.given.text('principal')
    const query = principal === undefined ? '' : `&principal=${encodeURIComponent(principal)}`
    const { body } = await session.api.call('GET', `${linkerPath(clusterOf(session), name, '/local-env')}${query}`)
    const { variables, roles = [] } = body as Environment
    const lines = Object.entries(variables).flatMap(([key, value]) =>
      // Keys such as Spring's properties are no names of variables. Not every shell has comments where it is typed into: zsh would run what is in one.
      /^[A-Za-z_]\w*$/.test(key) ? [`export ${key}=${shellText(value)}`] : [`# ${key}=${shellText(value.replaceAll('\n', ' '))}`],
    )
    return { data: body, text: [...lines, ...roles].join('\n') }
  },
}

type Leftover = { readonly id: string; readonly kind: string; readonly place: string; readonly verdict: string; readonly reason?: string }

export const orphans: Command = {
  name: 'orphans',
  about: 'What the last sweep found left over; approve <report> <id> approves the deletion of one',
  words: '[approve <report> <id>]',
  options: { verdict: { value: '<verdict>', about: 'only these: left over, marked, deleted, used, …' } },
  async run({ api, given }) {
    if (given.words.length > 0) {
      const [verb = '', report = '', id = ''] = wordsOf(given, 'approve', '<report>', '<id>')
      if (verb !== 'approve') throw usage('Write sc orphans, or sc orphans approve <report> <id>.')
      const { body } = await api.call('POST', `/sweeps/${encodeURIComponent(report)}/objects/${encodeURIComponent(id)}/approve`)
      return { data: body, text: 'Approved: the next run deletes it if it is still left over and unused.' }
    }
    const verdict = given.text('verdict')
    const { body } = await api.call('GET', `/sweeps/latest${verdict === undefined ? '' : `?verdict=${encodeURIComponent(verdict)}`}`)
    const { id = '', objects = [] } = body as { readonly id?: string; readonly objects?: readonly Leftover[] }
    const rows = objects.map((one) => [one.id, one.kind, one.place, one.verdict, one.reason ?? ''])
    const text = objects.length > 0 ? table(['ID', 'KIND', 'PLACE', 'VERDICT', 'WHY'], rows) : 'Nothing is left over.'
    return { data: body, text: `report ${id}\n${text}` }
  },
}
