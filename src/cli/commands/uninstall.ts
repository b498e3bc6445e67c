// `sc uninstall`: what the installation has, in the order in which it is safe to go; with --yes it goes. Connections that were declared over HTTP first,
// while their policies still say what becomes of their objects; then the policies, with which everything goes that tags, ConfigMaps and policies
// declare; then it waits until nothing is left but what stays.
import { ownVersion } from '../../linker/versions.ts'
import { parseResourceId } from '../../model/resource-id.ts'
import { secondsOf, wordsOf } from '../arguments.ts'
import type { Command, Session } from '../command.ts'
import { CommandError, usage } from '../exit.ts'
import { isInProgress, type Linker, linkerIn, stateOf } from '../linker.ts'
import { table } from '../print.ts'

type Made = { readonly loop: string; readonly step: string; readonly kind: string; readonly object: string; readonly stays?: string }
type Leftover = { readonly id: string; readonly kind: string; readonly place: string; readonly verdict: string; readonly reason?: string }
type Left = { readonly report: string; readonly objects: readonly Leftover[] }
type Found = {
  readonly connections: readonly Linker[]
  readonly policies: readonly { readonly name: string }[]
  readonly made: readonly Made[]
  readonly left: Left
}

const pollMs = 15_000
/** Verdicts about what is there, and left over. */
const leftOver = new Set(['left over', 'marked', 'waiting', 'used', 'unknown', 'opted out', 'unproven', 'system', 'refused'])

export const uninstall: Command = {
  name: 'uninstall',
  about: 'Every object of the installation in the order in which it is safe to go, and what stays; removes it with --yes',
  options: {
    'dry-run': { about: 'only lists, as without --yes' },
    yes: { about: 'removes connections, policies, and what was made for them, and waits until it is gone' },
    timeout: { value: '<seconds>', about: 'how long to wait at most for each of the two (7200)' },
  },
  examples: ['sc uninstall --dry-run', 'sc uninstall --yes'],
  async run(session) {
    const { given } = session
    wordsOf(given)
    if (given.has('yes') && given.has('dry-run')) throw usage('Write --dry-run, or --yes.')
    const found = await read(session)
    if (!given.has('yes')) return { data: dataOf(found), text: `${planText(found)}\n\nNothing was removed: sc uninstall --yes does.` }
    const refused = await removed(session, found)
    const after = await read(session)
    const text = [...refused, staysText(after), byHand].filter((part) => part !== '').join('\n\n')
    return { data: { ...dataOf(after), refused }, text, ...(refused.length > 0 ? { exit: 'failed' as const } : {}) }
  },
}

async function read({ api }: Session): Promise<Found> {
  const connections = (await api.list('/connections')).map(linkerIn)
  const policies = (await api.list('/policies')) as Found['policies']
  const made = (await api.list('/inventory')) as Found['made']
  return { connections, policies, made, left: await leftoversIn(api) }
}

/** Of the last report, all pages. */
async function leftoversIn(api: Session['api']): Promise<Left> {
  const objects: Leftover[] = []
  let report = ''
  const seen = new Set<string>()
  for (let next: string | undefined = '/sweeps/latest'; next !== undefined && !seen.has(next); ) {
    seen.add(next)
    const page = (await api.find(next)) as
      | { readonly id?: string; readonly objects?: readonly Leftover[]; readonly nextLink?: string }
      | undefined
    report = page?.id ?? report
    objects.push(...(page?.objects ?? []).filter(({ verdict }) => leftOver.has(verdict)))
    next = page?.nextLink
  }
  return { report, objects }
}

/** What could not be removed, in words. @throws CommandError when the time is up. */
async function removed(session: Session, { connections, policies }: Found): Promise<readonly string[]> {
  const { api, terminal } = session
  const refused: string[] = []
  const attempt = async (what: string, path: string): Promise<void> => {
    try {
      await api.call('DELETE', path)
      terminal.note(`${what} is being removed`)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      refused.push(`${what} was not removed: ${error.message}`)
    }
  }
  for (const one of connections.filter(isOfHttp))
    await attempt(`connection ${one.name} of ${clusterOf(one)}`, `${one.id}?api-version=${ownVersion}`)
  // Without policies what was refused would go all the same.
  if (refused.length > 0) return refused
  // A removal that had to leave something has ended; the inventory names it.
  await until(session, 'connections', async () =>
    (await api.list('/connections'))
      .map(linkerIn)
      .filter((one) => isOfHttp(one) && isInProgress(stateOf(one)))
      .map(({ name }) => name),
  )
  for (const { name } of policies) await attempt(`policy ${name}`, `/policies/${encodeURIComponent(name)}`)
  if (refused.length === 0)
    await until(session, 'objects', async () =>
      ((await api.list('/inventory')) as readonly Made[]).filter(({ stays }) => stays === undefined).map(({ object }) => object),
    )
  return refused
}

async function until({ terminal, given }: Session, what: string, remaining: () => Promise<readonly string[]>): Promise<void> {
  const seconds = secondsOf(given, 'timeout', 7200)
  const end = terminal.now() + seconds * 1000
  for (let told = ''; ; ) {
    const left = await remaining()
    if (left.length === 0) return
    const text = `waiting for ${left.length} ${what}: ${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}`
    if (text !== told) terminal.note(text)
    told = text
    if (terminal.now() >= end)
      throw new CommandError(
        'timeout',
        `${left.length} ${what} are still there after ${seconds} seconds: ${left.join(', ')}. Run sc uninstall --yes again.`,
      )
    await terminal.wait(pollMs)
  }
}

const isOfHttp = ({ properties }: Linker): boolean => properties.origin === 'http'
const clusterOf = ({ id }: Linker): string => parseResourceId(id.split(/\/providers\/Microsoft\.ServiceLinker\//i)[0])?.name ?? ''

const goesBy = (one: Linker): string =>
  isOfHttp(one)
    ? 'is deleted'
    : `goes with the policies, after the grace; declared by ${one.properties.origin ?? 'others'}, so take that away first if its onDelete is to count`

function planText({ connections, policies, made, left }: Found): string {
  const going = made.filter(({ stays }) => stays === undefined)
  return [
    `1. ${connections.length} connections`,
    ...(connections.length > 0
      ? [
          table(
            ['NAME', 'CLUSTER', 'STATE', 'HOW'],
            connections.map((one) => [one.name, clusterOf(one), stateOf(one), goesBy(one)]),
          ),
        ]
      : []),
    `2. ${policies.length} policies: ${policies.map(({ name }) => name).join(', ') || 'none'}`,
    `3. ${going.length} objects that were made for connections, in this order`,
    ...going.map(({ object }) => `   ${object}`),
    staysText({ connections, policies, made, left }),
    byHand,
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function staysText({ made, left }: Found): string {
  const rows = [
    ...made.flatMap(({ object, stays }) => (stays === undefined ? [] : [[object, stays]])),
    ...left.objects.map(({ id, kind, place, verdict, reason = '' }) => [
      `${kind} ${place}`,
      `${verdict}: ${reason}${verdict === 'left over' ? `; sc orphans approve ${left.report} ${id}, before the last connection goes` : ''}`,
    ]),
  ]
  return rows.length > 0 ? `What stays:\n${table(['OBJECT', 'WHY'], rows)}` : 'Nothing stays but the app itself.'
}

const byHand =
  'By hand at the end: delete the app with its role assignments, its app registration, its Event Grid subscriptions, Key Vault and storage account (docs/cleanup.md#uninstalling). Tags that declare connections stay, and do nothing without the app.'

const dataOf = ({ connections, policies, made, left }: Found) => ({
  connections: connections.map(({ id, properties: { origin } }) => ({ id, origin })),
  policies: policies.map(({ name }) => name),
  removes: made.filter(({ stays }) => stays === undefined),
  stays: made.filter(({ stays }) => stays !== undefined),
  leftOver: left.objects,
})
