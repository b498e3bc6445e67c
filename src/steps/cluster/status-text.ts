// The status of a connection in its namespace, as lines that people read and scripts can cut. The only times are those of conditions, so that the
// same status is the same text; a condition that has ended is removed with the next transition.
import { type Connection, linkerId } from '../../model/connection.ts'
import type { ConnectionFacts } from '../../model/facts.ts'
import type { Change } from '../../model/managed-object.ts'
import type { StatusObject } from '../../model/managed-objects.ts'
import { statusPublisher } from '../../model/names.ts'
import type { Problem } from '../../model/problem.ts'
import { nameOf } from '../../model/words.ts'
import type { StatusEvent } from '../../ports/kubernetes.ts'
import type { ConnectionStatus } from '../../ports/ports.ts'
import { commandsOf, lines } from '../by-hand/by-hand.ts'

const line = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

export function textOf(
  self: Connection,
  { state, problem, waits, conditions = [] }: ConnectionStatus,
  { secretName, serviceAccount, secretProviderClass, configMap }: Partial<ConnectionFacts>,
): string {
  return linesOf([
    ['state', state],
    ['target', `${nameOf(self.target)} (${self.type})`],
    ['auth', self.auth],
    ['secret', secretName],
    ['serviceAccount', serviceAccount],
    ['secretProviderClass', secretProviderClass],
    ['configMap', configMap],
    ['manifest', (secretName ?? secretProviderClass) === undefined ? undefined : `GET ${linkerId(self.cluster.id, self.name)}/manifest`],
    ...(problem ? rowsOf(problem) : []),
    ...conditions.map((condition) => ['condition', condition] as const),
    ['waitsFor', state === 'Failed' && waits.length > 0 ? waits.join('; ') : undefined],
  ])
}

/** For a tag that has not become a connection. */
export const textOfProblem = (state: string, problem: Problem): string => linesOf([['state', state], ...rowsOf(problem)])

type Row = readonly [string, string | undefined]
const rowsOf = ({ code, text, cause, remediation, link }: Problem): readonly Row[] => [
  ['problem', `${code}: ${text}`],
  ['cause', cause],
  ['remediation', remediation],
  ['link', link],
]
const linesOf = (rows: readonly Row[]): string =>
  rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${line(value)}\n`])).join('')

const rowIn = (text: string | undefined, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text ?? '')?.[1]

/** Another state or another problem; all else is detail. */
export const isTransition = (before: string | undefined, after: string): boolean =>
  ['state', 'problem', 'waitsFor'].some((name) => rowIn(before, name) !== rowIn(after, name))

/** As an Event: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
export function eventOf(connection: string, text: string): StatusEvent {
  const [state = '', problem, remediation, waits] = ['state', 'problem', 'remediation', 'waitsFor'].map((name) => rowIn(text, name))
  const isWarned = state === 'Succeeded' && problem !== undefined
  const more = [problem, remediation, waits].filter((part) => part !== undefined).join(' ')
  return {
    type: state === 'Failed' || isWarned ? 'Warning' : 'Normal',
    reason: isWarned ? 'ConnectionWarning' : `Connection${state}`,
    message: `Connection ${connection}: ${state}.${more === '' ? '' : ` ${more}`}`,
  }
}

/** Only the app can write its status; what it wrote can only be deleted by hand. */
export const byHandStatus = (changes: readonly Change<StatusObject>[]) =>
  commandsOf({
    cli: lines(changes, {
      make: () => '',
      remove: ({ object: { namespace, connection } }) =>
        `kubectl patch configmap ${statusPublisher.name} --namespace ${namespace} --type merge --patch '{"data":{"${connection}":null}}'`,
    }),
  })
