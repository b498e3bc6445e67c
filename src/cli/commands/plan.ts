// `sc plan`: the preflight of a cluster, what would be changed and what is missing. It changes nothing.
import { clusterOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { type ProblemInfo, problemInfoText } from '../linker.ts'
import { clusterOf } from '../place.ts'
import { indented, table } from '../print.ts'

type Issue = ProblemInfo & { readonly code: string; readonly kind: string; readonly connections: readonly string[] }
type Change = {
  readonly connections: readonly string[]
  readonly change: string
  readonly when: string
  readonly by: string
  readonly object: string
  readonly takesOver?: true
  readonly irreversible?: string
}
type Plan = {
  readonly value?: readonly Issue[]
  readonly changes?: readonly Change[]
  readonly adopts?: readonly Pick<Change, 'connections' | 'object'>[]
  readonly budgets?: readonly { readonly what: string; readonly used: number; readonly added: number; readonly limit: number }[]
  readonly notes?: readonly string[]
  readonly ready?: boolean
}

export const plan: Command = {
  name: 'plan',
  about: 'What would be changed and what is missing for connections: those of a cluster, and those in words that do not exist yet',
  words: '[[<name>=]<type>:<target>[?<option>=<value>&…] …]',
  options: clusterOption,
  examples: ["sc plan 'photos=storage-blob:stphotos?namespace=web'"],
  async run(session) {
    const { given, api } = session
    const query = new URLSearchParams(
      given.words.map((words): [string, string] => ['connect', /^[\w.-]+=/.test(words) ? `connect-${words}` : words]),
    )
    const body = (await api.call('GET', `/clusters${clusterOf(session)}/preflight?${query}`)).body as Plan
    return { data: body, text: planText(body), ...(body.ready ? {} : { exit: 'failed' as const }) }
  },
}

function planText({ value = [], changes = [], adopts = [], budgets = [], notes = [], ready }: Plan): string {
  const rows = changes.map(({ connections, takesOver, change, when, by, object, irreversible = '' }) => [
    connections.join(' '),
    takesOver ? 'take over' : change,
    when,
    by,
    object,
    irreversible,
  ])
  const kept = adopts.map(({ connections, object }) => [connections.join(' '), 'adopt', 'now', 'app', object, 'never deleted'])
  const all = [...rows, ...kept]
  return [
    all.length > 0 ? table(['CONNECTION', 'CHANGE', 'WHEN', 'BY', 'OBJECT', ''], all) : 'Nothing would be changed.',
    ...budgets.map(({ what, used, added, limit }) => `${what}: ${used} and ${added} more of ${limit}`),
    '',
    ...(ready ? ['Nothing is missing: the app does the rest itself.'] : []),
    ...value.map((issue) => `${[issue.kind, ...issue.connections].join(' ')}\n${indented(problemInfoText(issue.code, issue))}\n`),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n')
}
