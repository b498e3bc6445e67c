// `sc import`: takes over the connections that Azure Service Connector has on a cluster. Without --apply it only says what would happen.
import { clusterOption, wordsOf } from '../arguments.ts'
import type { Command, Session } from '../command.ts'
import { CommandError } from '../exit.ts'
import { clusterOf } from '../place.ts'
import { table } from '../print.ts'

type Planned = { readonly object: string; readonly change?: string; readonly takesOver?: true }
type Row = {
  readonly name: string
  readonly state: string
  readonly provisioningState?: string
  readonly target?: string
  readonly namespace?: string
  readonly auth?: string
  readonly error?: { readonly message: string }
  readonly leftOut?: readonly string[]
  readonly changes?: readonly Planned[]
  readonly adopts?: readonly Planned[]
  readonly missing?: readonly { readonly code: string; readonly text: string }[]
}
type Policy = { readonly name: string; readonly allow: object; readonly connections: readonly string[] }
type Removal = { readonly what: string; readonly name: string; readonly when: string; readonly text: string; readonly command?: string }
type Imported = { readonly connections: readonly Row[]; readonly policies: readonly Policy[]; readonly remove: readonly Removal[] }

export const importAll: Command = {
  name: 'import',
  about: 'Takes over the connections of Azure Service Connector on a cluster; says what would happen unless --apply',
  words: '[<name>…]',
  options: {
    ...clusterOption,
    apply: { about: 'create the connections that a policy allows' },
    'save-policies': { about: 'save the policies that are proposed first; it needs the app role Policies.Write' },
    transport: { value: '<transport>', about: 'direct; run-command, flux or extension for clusters that the app cannot reach; or auto' },
  },
  examples: ['sc import', 'sc import photos --save-policies', 'sc import --apply'],
  async run(session) {
    const { given, terminal, api } = session
    const first = given.has('save-policies') ? await asked(session, true) : undefined
    for (const { name, allow } of first?.policies ?? []) {
      await api.call('PUT', `/policies/${encodeURIComponent(name)}`, { allow })
      terminal.note(`saved the policy ${name}`)
    }
    const found = await asked(session, !given.has('apply'))
    const isWhole = found.connections.every(({ state }) => state === 'ready' || state === 'imported')
    return { data: found, text: textOf(found), ...(isWhole ? {} : { exit: 'failed' as const }) }
  },
}

/** @throws CommandError */
async function asked(session: Session, isDry: boolean): Promise<Imported> {
  const { given, api } = session
  const query = new URLSearchParams({ cluster: clusterOf(session), dryRun: String(isDry) })
  for (const name of given.words.length > 0 ? wordsOf(given, ...given.words.map(() => '<name>')) : []) query.append('name', name)
  const transport = given.text('transport')
  if (transport !== undefined) query.set('transport', transport)
  const { body } = await api.call('POST', `/import?${query}`)
  const { connections, policies, remove } = (body ?? {}) as Partial<Imported>
  if (connections && policies && remove) return { connections, policies, remove }
  throw new CommandError('unexpected', 'The app answered something that is not an import.')
}

function textOf({ connections, policies, remove }: Imported): string {
  if (connections.length === 0 && remove.length === 0) return 'Azure Service Connector has no connection on this cluster.'
  const rows = connections.map((one) => [
    one.name,
    one.namespace ?? '',
    one.target?.split('/')[8] ?? one.target ?? '',
    one.auth ?? '',
    one.provisioningState ? `${one.state}, ${one.provisioningState}` : one.state,
  ])
  return [
    table(['NAME', 'NAMESPACE', 'TARGET', 'AUTH', 'STATE'], rows),
    ...connections.flatMap(detailsOf),
    ...policies.map(
      ({ name, allow, connections: names }) =>
        `\nwould allow ${names.join(', ')}: the policy ${name}\n${JSON.stringify({ allow }, null, 2)}`,
    ),
    ...(remove.length > 0 ? ['\nto remove at Azure Service Connector:'] : []),
    ...remove.map(({ what, name, when, text, command }) => `  ${when}: the ${what} ${name}. ${text}${command ? `\n    ${command}` : ''}`),
  ].join('\n')
}

function detailsOf({ name, error, leftOut = [], changes = [], adopts = [], missing = [] }: Row): readonly string[] {
  const lines = [
    ...(error ? [`  ${error.message}`] : []),
    ...leftOut.map((field) => `  left out: ${field}`),
    ...changes.map(({ change, takesOver, object }) => `  ${takesOver ? 'takes over' : (change ?? 'changes')} ${object}`),
    ...adopts.map(({ object }) => `  adopts ${object}, and never deletes it`),
    ...missing.map(({ code, text }) => `  missing: ${code}: ${text}`),
  ]
  return lines.length > 0 ? [`\n${name}:`, ...lines] : []
}
