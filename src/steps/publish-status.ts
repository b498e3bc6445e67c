// Tells the namespace how its connection is: a key in the ConfigMap `sc-connections` and, when its state changes, a Kubernetes Event. Nothing
// secret. A courtesy: what becomes of it says nothing about the connection (domain/progress.ts), and it can be turned off.
import { createHash } from 'node:crypto'
import { early } from '../domain/advance.ts'
import type { Connection } from '../domain/connection.ts'
import type { ConnectionFacts } from '../domain/facts.ts'
import { isAhead } from '../domain/moments.ts'
import { statusBoard } from '../domain/names.ts'
import { patienceMs } from '../domain/progress.ts'
import type { Held, Seen, Wanted } from '../domain/thing.ts'
import { troublesFor } from '../domain/troubles.ts'
import type { View } from '../domain/view.ts'
import { problemOfError } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { eachChange } from './each-change.ts'
import { reach } from './in-cluster.ts'
import type { Board, Ports, Standing } from './ports.ts'
import { readiness } from './readiness.ts'
import { byHandStatus, isNews, newsOf, textOf } from './status-text.ts'
import type { Step } from './step.ts'
import type { StatusThing } from './things.ts'
import { unreachable } from './unreachable.ts'
import { minute, nameOf } from './words.ts'

const troublesOfShared = ({ cluster, target, identity, key }: Connection, view: View<'connection'>): readonly string[] =>
  [view.of(cluster), view.of(target), identity ? view.of(identity) : {}].flatMap(({ troubles = [] }) => troublesFor(troubles, key))

type Found = { readonly text?: string; readonly before: ReadonlyMap<string, string | undefined> }
type Told = NonNullable<ConnectionFacts['told']>

export const publishStatus: Step<'connection', StatusThing, Found> = {
  name: 'publish-status',
  loop: 'connection',
  after: ['check-consent'],
  // A courtesy holds up no removal for long.
  patienceMs: 5 * minute,
  reads: ['cluster', 'target', 'identity'],
  // Whatever changes how the connection is, not each thing that it waits for: what is on its way is no news. What others find out wakes nobody
  // and is looked for by `lookAt`.
  inputs: (view) => ({
    generation: view.self?.generation,
    isReady: view.self && readiness(view.self, view).needs.length === 0,
    facts: [view.facts.consent, view.facts.secretName, view.facts.serviceAccount],
    troubles: view.self && troublesOfShared(view.self, view),
  }),

  wanted(view): Wanted<StatusThing> {
    const { self } = view
    const isTold = self && !view.removing && view.rules.publishStatus !== false && self.transport === 'direct'
    if (!isTold || view.facts.consent === undefined || view.facts.consent === 'refused') return { things: [] }
    // Nothing is written where the connection is not allowed now: what was told stays until the grace time is over.
    if (view.facts.consent === 'withdrawn')
      return { things: [], later: view.held('publish-status').map(({ thing }) => thing as StatusThing) }
    const { uid, gone } = view.of(self.cluster)
    if (uid === undefined) return { things: [], incomplete: true }
    if (gone) return { things: [] }
    // What is ready in a moment need not be told as being worked on before.
    const tellAt = (view.desiredAt ?? 0) + untilTold - early
    if (view.held('publish-status').length === 0 && view.now < tellAt && readiness(self, view).needs.length > 0)
      return {
        things: [],
        waiting: [{ of: [view.loop], text: 'waiting for what there is to tell the namespace', lookAt: tellAt + early, exact: true }],
      }
    return { things: [statusThing(self, uid)] }
  },

  async observe(view, wanted, held, ports) {
    const things = [...new Map([...held.map((row) => row.thing), ...wanted].map((thing) => [thing.id, thing])).values()]
    const standing = wanted.length > 0 ? await ports.standing(view.loop) : undefined
    const text = view.self && standing && textOf(view.self, standing, view.facts)
    const before = new Map<string, string | undefined>()
    const found: Found = { before, ...(text ? { text } : {}) }
    const lookAt = lookAgain(standing, view)
    const again = lookAt === undefined ? {} : { lookAt }
    const known = things.filter((thing) => isKnown(thing, held, view.facts.told, standing, text, view.now))
    if (wanted.length > 0 && known.length === things.length)
      return { seen: known.map(({ id }) => ({ id, state: 'same', mark: 'ours' })), found, ...again }
    // What may not be looked at is unseen, as all things in clusters are: it holds up nothing, and is left behind where it shall go.
    const unseen =
      (id: string) =>
      (error: unknown): Seen => {
        if (!(error instanceof Failure) || error.fields.class !== 'permission') throw error
        return { id, state: 'unseen', problem: problemOfError(error, 'look at the status') }
      }
    const seen = await Promise.all(things.map((thing) => look(thing, view, ports, before, standing, text).catch(unseen(thing.id))))
    const [thing] = wanted
    const there = thing && seen.some((one) => one.id === thing.id && one.state === 'same') ? before.get(thing.id) : undefined
    const told: Told | undefined =
      thing && there !== undefined ? { text: digest(there), clusterUid: thing.clusterUid, at: view.now } : undefined
    return { seen, facts: { told }, found, ...again }
  },

  async apply(changes, { text, before }, view, ports) {
    let isPlaceless = false
    await eachChange(changes, async ({ action, thing }) => {
      const board = await boardIn(thing, view, ports)
      if (!board) return
      const place = placeOf(thing, view)
      if (action === 'delete') return board.erase(place)
      if (text === undefined) return
      if (!(await board.write(place, text))) isPlaceless = true
      else if (isNews(before.get(thing.id), text)) await board.tell(place, { ...newsOf(thing.connection, text), at: ports.now() })
    })
    const wait = 'waiting until the namespace is there, to tell it of the connection'
    return isPlaceless ? { waiting: [{ of: [view.loop], text: wait, lookAt: view.now + 10 * minute }] } : { done: true }
  },

  byHand: (changes) => byHandStatus(changes),
}

function statusThing({ cluster, namespace, name }: Connection, clusterUid: string): StatusThing {
  const { name: board } = statusBoard
  const summary = `status of ${name} in ConfigMap ${board} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  return {
    kind: 'status',
    id: `${cluster.key}/${namespace}/ConfigMap/${board}/${name}`,
    summary,
    cluster,
    clusterUid,
    namespace,
    connection: name,
  }
}

const placeOf = ({ namespace, connection }: StatusThing, view: View<'connection'>) => ({ namespace, connection, key: view.loop.key })

async function boardIn(thing: StatusThing, view: View<'connection'>, ports: Ports): Promise<Board | undefined> {
  const way = await reach(view, thing.cluster, thing.clusterUid, ports)
  return typeof way === 'object' && 'observe' in way ? way.board : undefined
}

async function look(
  thing: StatusThing,
  view: View<'connection'>,
  ports: Ports,
  before: Map<string, string | undefined>,
  standing: Standing | undefined,
  text: string | undefined,
): Promise<Seen> {
  const { id } = thing
  const way = await reach(view, thing.cluster, thing.clusterUid, ports)
  if (way === 'gone') return { id, state: 'absent' }
  if (!('observe' in way)) return { id, state: 'unseen', problem: way }
  const found = await way.board?.read(placeOf(thing, view)).catch((error: unknown) => {
    throw unreachable(error, view.of(thing.cluster).apiServer)
  })
  // In a ConfigMap that is somebody else's by now nothing is ours to take back.
  if (found && !found.isOurs && text === undefined) return { id, state: 'absent' }
  if (found && !found.isOurs)
    throw new Failure({
      class: 'person',
      code: 'NotOurs',
      about: { thing: `ConfigMap ${thing.namespace}/${statusBoard.name}`, id, difference: 'its labels' },
    })
  before.set(id, found?.text)
  if (found?.text === undefined) return { id, state: 'absent' }
  // That it is being worked on is no news to those who were told how it is.
  return found.text === text || isPassing(standing) || text === undefined
    ? { id, state: 'same', mark: 'ours' }
    : // The connection has changed, not the text: nobody has reverted anything.
      { id, state: 'different', mark: 'ours', difference: 'its text', asWritten: true }
}

/**
 * What was told and still holds needs no look at the board; at the daily audit it is looked at all the same. It is a courtesy: whoever takes it away
 * gets it back with the next news.
 */
function isKnown(
  { id, clusterUid }: StatusThing,
  held: readonly Held[],
  told: Told | undefined,
  standing: Standing | undefined,
  text: string | undefined,
  now: number,
): boolean {
  const isOurs = held.some(({ thing, hold }) => thing.id === id && hold === 'ours')
  if (!isOurs || told?.clusterUid !== clusterUid || isAhead(told.at, now) || now - told.at >= aHalfDay || text === undefined) return false
  return isPassing(standing) || told.text === digest(text)
}

const aHalfDay = 12 * 60 * minute
/** By then, what hindered it from the start is said to have failed. */
const untilTold = patienceMs + minute / 6

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

const isPassing = (standing: Standing | undefined): boolean => standing !== undefined && isUnderWay(standing) && !standing.problem
const isUnderWay = ({ state }: Standing): boolean => state === 'Accepted' || state === 'Updating'

function lookAgain(standing: Standing | undefined, { now }: View<'connection'>): number | undefined {
  if (!standing || standing.state === 'Succeeded') return undefined
  return now + (isUnderWay(standing) ? untilTold : 10 * minute)
}
