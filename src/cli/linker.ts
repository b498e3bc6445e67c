// A connection as the app answers it: what commands print of it. The app may be newer than this program: fields that are missing or unknown do no harm.
import { parseResourceId } from '../model/resource-id.ts'
import { CommandError } from './exit.ts'
import { indented, table } from './print.ts'

export type Entry = {
  readonly loop: string
  readonly step: string
  readonly outcome: string
  readonly since?: string
  readonly changed?: readonly string[]
  readonly waitsFor?: readonly string[]
  readonly problems?: readonly { readonly code: string; readonly text: string }[]
}
type WireProblem = {
  readonly code: string
  readonly message: string
  readonly additionalInfo?: readonly { readonly info?: ProblemInfo }[]
}
export type ProblemInfo = {
  readonly text?: string
  readonly cause?: string
  readonly remediation?: string
  readonly link?: string
  readonly commands?: Readonly<Record<string, string>>
}
export type Linker = {
  readonly id: string
  readonly name: string
  readonly properties: {
    readonly targetService?: { readonly id?: string; readonly endpoint?: string }
    readonly targetType?: string
    readonly authInfo?: { readonly authType?: string } | null
    readonly scope?: string
    readonly provisioningState?: string
    readonly kubernetesResourceName?: { readonly secret?: string; readonly serviceAccount?: string }
    readonly origin?: string
    readonly problems?: readonly WireProblem[]
    readonly paused?: boolean
    readonly conditions?: readonly { readonly code?: string; readonly text: string; readonly until?: string }[]
    readonly warning?: string
    readonly timeline?: readonly Entry[]
  }
}

/** @throws CommandError */
export function linkerIn(body: unknown): Linker {
  const there = body as Partial<Linker> | null | undefined
  if (typeof there?.name === 'string' && typeof there.id === 'string' && typeof there.properties === 'object') return there as Linker
  throw new CommandError('unexpected', 'The app answered something that is not a connection.')
}

export const stateOf = ({ properties }: Linker): string => properties.provisioningState ?? 'Unknown'
export const isInProgress = (state: string): boolean => ['Accepted', 'Updating', 'Deleting', 'Unknown'].includes(state)

const clusterOf = ({ id }: Linker): string => parseResourceId(id.split(/\/providers\/Microsoft\.ServiceLinker\//i)[0])?.name ?? ''
const targetOf = ({ properties: { targetService = {}, targetType = '' } }: Linker): string => {
  const [, , , , , , , , name] = (targetService.id ?? '').split('/')
  return [targetType, name ?? targetService.endpoint ?? ''].filter((part) => part !== '').join(':')
}

export const linkerTable = (all: readonly Linker[]): string =>
  table(
    ['NAME', 'CLUSTER', 'NAMESPACE', 'TARGET', 'AUTH', 'STATE', 'ORIGIN'],
    all.map((one) => [
      one.name,
      clusterOf(one),
      one.properties.scope ?? '',
      targetOf(one),
      one.properties.authInfo?.authType ?? '',
      stateOf(one),
      one.properties.origin ?? '',
    ]),
  )

/** What is not known yet; that it is paused is. */
export const unknownIn = ({ properties: { conditions = [] } }: Linker) => conditions.filter(({ code }) => code !== 'Paused')

/** One block: what it is, its timeline, and what is in its way. */
export function linkerText(linker: Linker): string {
  const { properties } = linker
  const { secret, serviceAccount } = properties.kubernetesResourceName ?? {}
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['name', linker.name],
    ['cluster', clusterOf(linker)],
    ['namespace', properties.scope],
    ['target', targetOf(linker)],
    ['auth', properties.authInfo?.authType],
    ['state', stateOf(linker)],
    ['secret', secret],
    ['service account', serviceAccount],
    ['origin', properties.origin],
    ['paused', properties.paused ? 'yes' : undefined],
  ]
  const lines = facts.flatMap(([name, value]) => (value ? [`${`${name}:`.padEnd(17)}${value}`] : []))
  const conditions = unknownIn(linker).map(({ text, until }) => `  ${text}${until ? ` (until ${until})` : ''}`)
  const timeline = (properties.timeline ?? []).map((entry) => [entry.loop, entry.step, entry.outcome, entry.since ?? '', detailOf(entry)])
  return [
    ...lines,
    ...(timeline.length > 0 ? ['', table(['LOOP', 'STEP', 'OUTCOME', 'SINCE', ''], timeline)] : []),
    ...(conditions.length > 0 ? ['', 'not known yet:', ...conditions] : []),
    ...(properties.warning ? ['', `warning: ${properties.warning}`] : []),
    ...problemLines(properties.problems ?? []),
  ].join('\n')
}

const problemLines = (problems: readonly WireProblem[]): readonly string[] => problems.flatMap((one) => ['', problemText(one)])

export function problemText({ code, message, additionalInfo }: WireProblem): string {
  const info = additionalInfo?.find((one) => one.info?.text !== undefined)?.info
  return info ? problemInfoText(code, info) : `${code}: ${message}`
}

export function problemInfoText(code: string, { text, cause, remediation, link, commands = {} }: ProblemInfo): string {
  return [
    `${code}: ${text ?? ''}`,
    ...(cause ? [`  cause: ${cause}`] : []),
    ...(remediation ? [`  remediation: ${remediation}`] : []),
    ...(link ? [`  ${link}`] : []),
    ...(commands['cli'] ? ['  commands:', indented(commands['cli'], '    ')] : []),
  ].join('\n')
}

export const detailOf = ({ problems = [], waitsFor = [], changed = [] }: Entry): string =>
  [...problems.map(({ code, text }) => `${code}: ${text}`), ...waitsFor, ...(problems.length + waitsFor.length > 0 ? [] : changed)].join(
    '; ',
  )
