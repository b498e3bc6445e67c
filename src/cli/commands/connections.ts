// Commands that read connections: list, show, why, configurations.
import { clusterOption, secondsOf, wordsOf } from '../arguments.ts'
import type { Command, Options, Session } from '../command.ts'
import { CommandError } from '../exit.ts'
import { follow } from '../follow.ts'
import { isInProgress, type Linker, linkerIn, linkerTable, linkerText, problemText, stateOf, unknownIn } from '../linker.ts'
import { clusterOf, givenCluster, linkerPath } from '../place.ts'
import { indented, table } from '../print.ts'

const filters = {
  namespace: 'in this namespace',
  state: 'Succeeded, Failed, Updating, …',
  type: 'a type of docs/targets/README.md',
  auth: 'workload-identity, secret, …',
  origin: 'http, tag, policy, …',
  target: 'to the resource with this id',
  identity: 'with the identity of this id',
} as const

export const list: Command = {
  name: 'list',
  about: 'All connections, or those of a cluster',
  options: {
    ...clusterOption,
    ...Object.fromEntries(Object.entries(filters).map(([name, about]) => [name, { value: `<${name}>`, about }])),
  },
  examples: ['sc list --state Failed', 'sc list --cluster <subscription>/shop/shop-aks -o json'],
  async run(session) {
    wordsOf(session.given)
    const query = new URLSearchParams()
    for (const name of Object.keys(filters)) {
      const value = session.given.text(name)
      if (value !== undefined) query.set(name, value)
    }
    const cluster = givenCluster(session)
    if (cluster !== undefined) query.set('cluster', cluster)
    const all = (await session.api.list(`/connections?${query}`)).map(linkerIn)
    return { data: all, text: all.length > 0 ? linkerTable(all) : 'There is no such connection.' }
  },
}

export const timeoutOption: Options = { timeout: { value: '<seconds>', about: 'how long to wait at most (3600)' } }

export const show: Command = {
  name: 'show',
  about: 'A connection with its timeline; with --watch step by step as it happens',
  words: '<name>',
  options: { ...clusterOption, watch: { short: 'w', about: 'say each step as it happens, until none is in progress' }, ...timeoutOption },
  examples: ['sc show photos --watch'],
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const path = linkerPath(clusterOf(session), name)
    const linker = session.given.has('watch') ? await watched(session, path) : linkerIn((await session.api.call('GET', path)).body)
    if (!linker) throw new CommandError('notFound', `There is no connection '${name}' any more.`)
    return { data: linker, text: linkerText(linker), ...exitOf(linker) }
  },
}

/** Steps are what was asked for, so they go where output goes, unless a program reads it. */
export function watched({ api, given, terminal, output }: Session, path: string): Promise<Linker | undefined> {
  const say = output === 'table' ? terminal.say : terminal.note
  const read = async () => {
    const body = await api.find(path)
    return body === undefined ? undefined : linkerIn(body)
  }
  return follow({ read, say, terminal, timeoutSeconds: secondsOf(given, 'timeout', 3600) })
}

export const exitOf = (linker: Linker) => (stateOf(linker) === 'Failed' ? ({ exit: 'failed' } as const) : {})

type Check = { readonly about: string; readonly state: string; readonly text: string; readonly lines?: readonly string[] }

export const why: Command = {
  name: 'why',
  about: 'Why a connection does not work: what is in its way, what it waits for, and what its objects look like now',
  words: '<name>',
  options: clusterOption,
  async run({ api, given, terminal }) {
    const [name = ''] = wordsOf(given, '<name>')
    const cluster = clusterOf({ given, terminal })
    const linker = linkerIn((await api.call('GET', linkerPath(cluster, name))).body)
    // The reasons that the app knows are worth telling even where it cannot inspect the objects now.
    const diagnosis = (
      await api.call('GET', linkerPath(cluster, name, '/diagnosis')).catch((error: unknown) => {
        if (!(error instanceof CommandError)) throw error
        terminal.note(`The objects could not be inspected: ${error.message}`)
        return undefined
      })
    )?.body as { readonly checks?: readonly Check[] } | undefined
    const state = stateOf(linker)
    const { problems = [], timeline = [], paused } = linker.properties
    const conditions = unknownIn(linker)
    const waits = [...new Set(timeline.flatMap(({ waitsFor = [] }) => waitsFor))]
    const checks = diagnosis?.checks ?? []
    const text = [
      problems.length + waits.length === 0 ? `${name} is ${state}. The app knows of nothing in its way.` : `${name} is ${state}.`,
      ...(paused ? [`It is paused: sc resume ${name} lets the app go on.`] : []),
      ...problems.flatMap((problem) => ['', problemText(problem)]),
      ...(waits.length > 0 ? ['', 'waits for:', ...waits.map((one) => `  ${one}`)] : []),
      ...(conditions.length > 0 ? ['', 'not known yet:', ...conditions.map((one) => `  ${one.text}`)] : []),
      ...(checks.length > 0
        ? [
            '',
            table(
              ['OBJECT', 'STATE', ''],
              checks.map((one) => [one.about, one.state, one.text]),
            ),
          ]
        : []),
      ...checks.flatMap(({ lines = [] }) => lines.map((line) => indented(line))),
    ].join('\n')
    const data = { name: linker.name, state, problems, waits, conditions, checks }
    return { data, text, ...(state === 'Succeeded' || isInProgress(state) ? {} : exitOf(linker)) }
  },
}

type Configuration = { readonly name: string; readonly value: string; readonly description?: string }

export const configurations: Command = {
  name: 'configurations',
  about: "The keys of a connection's Secret, with the values that are no secret",
  words: '<name>',
  options: clusterOption,
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const { body } = await session.api.call('POST', linkerPath(clusterOf(session), name, '/listConfigurations'))
    const { configurations: all = [] } = body as { readonly configurations?: readonly Configuration[] }
    const rows = all.map((one) => [one.name, one.value, one.description ?? ''])
    return { data: all, text: table(['KEY', 'VALUE', 'WHERE'], rows) }
  },
}
