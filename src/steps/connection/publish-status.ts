// Publishes the status of the connection in its namespace: a key in the ConfigMap `sc-connections` and, when its state changes, a Kubernetes Event.
// Nothing secret. Advisory: its result says nothing about the connection (model/progress.ts), and it can be turned off.
import { createHash } from 'node:crypto'
import { eachChange } from '../../contract/each-change.ts'
import { early } from '../../contract/next.ts'
import type { Step } from '../../contract/step.ts'
import { problemOfError } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import type { Connection } from '../../model/connection.ts'
import type { ConnectionFacts } from '../../model/facts.ts'
import type { DesiredObjects, LedgerEntry, ObservedState } from '../../model/managed-object.ts'
import type { StatusObject } from '../../model/managed-objects.ts'
import { isAhead } from '../../model/moments.ts'
import { statusPublisher } from '../../model/names.ts'
import { patienceMs } from '../../model/progress.ts'
import { troublesFor } from '../../model/troubles.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { StatusPublisher } from '../../ports/kubernetes.ts'
import type { ConnectionStatus, Ports } from '../../ports/ports.ts'
import { reach } from '../cluster/in-cluster.ts'
import { byHandStatus, eventOf, isTransition, textOf } from '../cluster/status-text.ts'
import { transportTypeFor } from '../cluster/transport-for.ts'
import { unreachable } from '../cluster/unreachable.ts'
import { readiness } from './readiness.ts'

const troublesOfShared = ({ cluster, target, identity, key }: Connection, view: View<'connection'>): readonly string[] =>
  [view.of(cluster), view.of(target), identity ? view.of(identity) : {}].flatMap(({ troubles = [] }) => troublesFor(troubles, key))

type Found = { readonly text?: string; readonly before: ReadonlyMap<string, string | undefined> }
type Published = NonNullable<ConnectionFacts['published']>

export const publishStatus: Step<'connection', StatusObject, Found> = {
  name: 'publish-status',
  loop: 'connection',
  after: ['check-consent'],
  // An advisory step does not delay a removal for long.
  patienceMs: 5 * minute,
  reads: ['cluster', 'target', 'identity'],
  // Everything that changes the status, but not each object that it waits for: intermediate steps are no transition. Changes in other loops do not
  // wake it; it runs again by `nextRunAt`.
  inputs: (view) => ({
    generation: view.self?.generation,
    isReady: view.self && readiness(view.self, view).needs.length === 0,
    facts: [view.facts.consent, view.facts.secretName, view.facts.serviceAccount, view.facts.secretProviderClass, view.facts.configMap],
    troubles: view.self && troublesOfShared(view.self, view),
    formerKeyUntil: view.self && view.of(view.self.target).keys?.until,
  }),

  desired(view): DesiredObjects<StatusObject> {
    const { self } = view
    const isNotified = self && !view.removing && view.installation.publishStatus !== false && transportTypeFor(self, view).can.publish
    if (!isNotified || view.facts.consent === undefined || view.facts.consent === 'refused') return { objects: [] }
    // Nothing is written while the connection is not allowed: the published status stays until the grace period is over.
    if (view.facts.consent === 'withdrawn')
      return { objects: [], later: view.tracked('publish-status').map(({ object }) => object as StatusObject) }
    const { uid, gone } = view.of(self.cluster)
    if (uid === undefined) return { objects: [], incomplete: true }
    if (gone) return { objects: [] }
    // A connection that is ready in a moment is not published as in progress before.
    const publishAt = (view.desiredAt ?? 0) + inProgressAfterMs - early
    if (view.tracked('publish-status').length === 0 && view.now < publishAt && readiness(self, view).needs.length > 0)
      return {
        objects: [],
        waiting: [{ of: [view.loop], text: 'waiting until there is a status to publish', nextRunAt: publishAt + early, exact: true }],
      }
    return { objects: [statusObject(self, uid)] }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const status = desired.length > 0 ? await ports.status(view.loop) : undefined
    const text = view.self && status && textOf(view.self, status, view.facts)
    const before = new Map<string, string | undefined>()
    const found: Found = { before, ...(text ? { text } : {}) }
    const nextRunAt = retryAt(status, view)
    const again = nextRunAt === undefined ? {} : { nextRunAt }
    const known = objects.filter((object) => isKnown(object, tracked, view.facts.published, status, text, view.now))
    if (desired.length > 0 && known.length === objects.length)
      return { observed: known.map(({ id }) => ({ id, state: 'same', mark: 'ours' })), found, ...again }
    // An object that may not be read is unknown, as all objects in clusters are: it blocks nothing, and is orphaned if it should be deleted.
    const unknown =
      (id: string) =>
      (error: unknown): ObservedState => {
        if (!(error instanceof Failure) || error.fields.class !== 'permission') throw error
        return { id, state: 'unknown', problem: problemOfError(error, 'read the status') }
      }
    const observed = await Promise.all(
      objects.map((object) => observedState(object, view, ports, before, status, text).catch(unknown(object.id))),
    )
    const [object] = desired
    const there = object && observed.some((one) => one.id === object.id && one.state === 'same') ? before.get(object.id) : undefined
    const published: Published | undefined =
      object && there !== undefined ? { text: digest(there), clusterUid: object.clusterUid, at: view.now } : undefined
    return { observed, facts: { published }, found, ...again }
  },

  async apply(changes, { text, before }, view, ports) {
    let hasNoNamespace = false
    await eachChange(changes, async ({ action, object }) => {
      const publisher = await publisherIn(object, view, ports)
      if (!publisher) return
      const place = placeOf(object, view)
      if (action === 'delete') return publisher.clear(place)
      if (text === undefined) return
      if (!(await publisher.write(place, text))) hasNoNamespace = true
      else if (isTransition(before.get(object.id), text))
        await publisher.emit(place, { ...eventOf(object.connection, text), at: ports.now() })
    })
    const wait = 'waiting until the namespace exists, to publish the status'
    return hasNoNamespace ? { waiting: [{ of: [view.loop], text: wait, nextRunAt: view.now + 10 * minute }] } : { done: true }
  },

  byHand: (changes) => byHandStatus(changes),
}

function statusObject({ cluster, namespace, name }: Connection, clusterUid: string): StatusObject {
  const { name: publisher } = statusPublisher
  const summary = `status of ${name} in ConfigMap ${publisher} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  return {
    kind: 'status',
    id: `${cluster.key}/${namespace}/ConfigMap/${publisher}/${name}`,
    summary,
    cluster,
    clusterUid,
    namespace,
    connection: name,
  }
}

const placeOf = ({ namespace, connection }: StatusObject, view: View<'connection'>) => ({ namespace, connection, key: view.loop.key })

async function publisherIn(object: StatusObject, view: View<'connection'>, ports: Ports): Promise<StatusPublisher | undefined> {
  const way = await reach(view, object.cluster, object.clusterUid, ports)
  return typeof way === 'object' && 'observe' in way ? way.publisher : undefined
}

async function observedState(
  object: StatusObject,
  view: View<'connection'>,
  ports: Ports,
  before: Map<string, string | undefined>,
  status: ConnectionStatus | undefined,
  text: string | undefined,
): Promise<ObservedState> {
  const { id } = object
  const way = await reach(view, object.cluster, object.clusterUid, ports)
  if (way === 'gone') return { id, state: 'absent' }
  if (!('observe' in way)) return { id, state: 'unknown', problem: way }
  const found = await way.publisher?.read(placeOf(object, view)).catch((error: unknown) => {
    throw unreachable(error, view.of(object.cluster).apiServer)
  })
  // In a ConfigMap that others have taken over there is nothing for the app to delete.
  if (found && !found.isOurs && text === undefined) return { id, state: 'absent' }
  if (found && !found.isOurs)
    throw new Failure({
      class: 'manual',
      code: 'NotOurs',
      about: { object: `ConfigMap ${object.namespace}/${statusPublisher.name}`, id, difference: 'its labels' },
    })
  before.set(id, found?.text)
  if (found?.text === undefined) return { id, state: 'absent' }
  // Do not overwrite a final status with an in-progress one.
  return found.text === text || isPassing(status) || text === undefined
    ? { id, state: 'same', mark: 'ours' }
    : // The connection has changed, not the text: it was not reverted.
      { id, state: 'different', mark: 'ours', difference: 'its text', asWritten: true }
}

/**
 * A status that was published and still holds needs no read; at the daily audit it is read nevertheless. It is advisory: if someone deletes it, the
 * next transition writes it again.
 */
function isKnown(
  { id, clusterUid }: StatusObject,
  tracked: readonly LedgerEntry[],
  published: Published | undefined,
  status: ConnectionStatus | undefined,
  text: string | undefined,
  now: number,
): boolean {
  const isOurs = tracked.some(({ object, ownership }) => object.id === id && ownership === 'ours')
  if (!isOurs || published?.clusterUid !== clusterUid || isAhead(published.at, now) || now - published.at >= aHalfDay || text === undefined)
    return false
  return isPassing(status) || published.text === digest(text)
}

const aHalfDay = 12 * 60 * minute
/** By then, what blocked it from the start is reported as failed. */
const inProgressAfterMs = patienceMs + minute / 6

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

const isPassing = (status: ConnectionStatus | undefined): boolean => status !== undefined && isUnderWay(status) && !status.problem
const isUnderWay = ({ state }: ConnectionStatus): boolean => state === 'Accepted' || state === 'Updating'

function retryAt(status: ConnectionStatus | undefined, { now }: View<'connection'>): number | undefined {
  if (!status || status.state === 'Succeeded') return undefined
  return now + (isUnderWay(status) ? inProgressAfterMs : 10 * minute)
}
