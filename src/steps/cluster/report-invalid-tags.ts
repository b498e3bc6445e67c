// An invalid tag declares no connection, so no connection can report it: this step does, in the ConfigMap of the namespace that the tag names, if a
// policy allows that namespace. Advisory, like publish-status: it can be turned off, and blocks nothing.

import { eachChange } from '../../contract/each-change.ts'
import type { Step } from '../../contract/step.ts'
import { namespaceAllowed } from '../../declare/consent.ts'
import { faultOfInvalid } from '../../declare/invalid.ts'
import { problemOf, problemOfError } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import type { InvalidTag } from '../../model/invalid-tag.ts'
import type { Key, Loop } from '../../model/loop.ts'
import type { DesiredObjects, ObservedState } from '../../model/managed-object.ts'
import type { StatusObject } from '../../model/managed-objects.ts'
import { statusPublisher } from '../../model/names.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { StatusPublisher } from '../../ports/kubernetes.ts'
import type { Ports } from '../../ports/ports.ts'
import { reach } from './in-cluster.ts'
import { byHandStatus, eventOf, textOfProblem } from './status-text.ts'

type Found = ReadonlyMap<string, string | undefined>

export const reportInvalidTags: Step<'cluster', StatusObject, Found> = {
  name: 'report-invalid-tags',
  loop: 'cluster',
  after: ['read-declarations'],
  reads: [],
  patienceMs: 5 * minute,
  inputs: ({ facts }) => ({ tags: facts.invalidTags, running: facts.running, fqdn: facts.fqdn }),

  desired(view): DesiredObjects<StatusObject> {
    const { uid, gone, invalidTags = [] } = view.facts
    if (gone || uid === undefined || view.installation.publishStatus === false) return { objects: [] }
    return { objects: invalidTags.filter((tag) => isReportedHere(tag, view)).flatMap((tag) => managedOf(tag, uid, view)) }
  },

  async observe(view, { objects }, ports) {
    const before = new Map<string, string | undefined>()
    return { observed: await Promise.all(objects.map((object) => observedState(object, view, ports, before))), found: before }
  },

  async apply(changes, _before, view, ports) {
    let isPlaceless = false
    await eachChange(changes, async ({ action, object }) => {
      const publisher = await publisherIn(object, view, ports)
      const tag = tagOf(object, view)
      if (!publisher) return
      if (action === 'delete') return publisher.clear(placeOf(object))
      if (!tag) return
      const text = textFor(tag)
      if (await publisher.write(placeOf(object), text))
        await publisher.emit(placeOf(object), { ...eventOf(tag.name, text), at: ports.now() })
      else isPlaceless = true
    })
    const wait = 'waiting until the namespace exists, to report the tag'
    return isPlaceless ? { waiting: [{ of: [view.loop], text: wait, nextRunAt: view.now + 60 * minute }] } : { done: true }
  },

  byHand: (changes) => byHandStatus(changes),
}

/**
 * If a connection of that name exists nevertheless, from an earlier tag or another author, its own status reports the tag. That of another namespace
 * says nothing about the key of a ConfigMap.
 */
function isReportedHere({ connection: { key }, namespace, origin }: InvalidTag, view: View<'cluster'>): boolean {
  if (namespace === undefined || hasConnection(view, key, origin === 'configmap' ? namespace : undefined)) return false
  return namespaceAllowed(view.loop.id, namespace, view.policies)
}

/** `namespace` absent: in any. */
const hasConnection = (view: View<'cluster'>, key: Key | undefined, namespace?: string): boolean =>
  [...view.members, ...view.readers].some((one) => one.key === key && (namespace === undefined || one.namespace === namespace))

function managedOf({ name, namespace, connection }: InvalidTag, clusterUid: string, view: View<'cluster'>): readonly StatusObject[] {
  if (namespace === undefined) return []
  const { name: publisher } = statusPublisher
  const summary = `status of the tag for ${name} in ConfigMap ${publisher} in namespace ${namespace} of cluster ${nameOf(view.loop)}`
  const id = `${view.loop.key}/${namespace}/ConfigMap/${publisher}/${name}`
  return [{ kind: 'status', id, summary, of: connection.key, cluster: view.loop, clusterUid, namespace, connection: name }]
}

const tagOf = (object: StatusObject, view: View<'cluster'>): InvalidTag | undefined =>
  view.facts.invalidTags?.find(({ connection, namespace }) => connection.key === object.of && namespace === object.namespace)
const placeOf = ({ namespace, connection, of, cluster }: StatusObject) => ({ namespace, connection, key: of ?? cluster.key })
const textFor = (tag: InvalidTag): string => textOfProblem('Failed', problemOf(faultOfInvalid(tag)))

async function publisherIn(object: StatusObject, view: View<'cluster'>, ports: Ports): Promise<StatusPublisher | undefined> {
  const way = await wayTo(object, view, ports)
  return typeof way === 'object' && 'observe' in way ? way.publisher : undefined
}

/** A view answers for the facts of other loops; those of its own cluster are in `facts`. */
const wayTo = (object: StatusObject, view: View<'cluster'>, ports: Ports): ReturnType<typeof reach> =>
  reach({ of: (other: Loop) => (other.key === view.loop.key ? view.facts : {}) as never }, object.cluster, object.clusterUid, ports)

/** An object that cannot be read blocks nothing, and is orphaned if it should be deleted. */
async function observedState(
  object: StatusObject,
  view: View<'cluster'>,
  ports: Ports,
  before: Map<string, string | undefined>,
): Promise<ObservedState> {
  const { id } = object
  const tag = tagOf(object, view)
  // The connection that exists now writes under this key itself.
  if (hasConnection(view, object.of, object.namespace)) return { id, state: 'absent' }
  try {
    const way = await wayTo(object, view, ports)
    if (way === 'gone') return { id, state: 'absent' }
    if (!('observe' in way)) return { id, state: 'unknown', problem: way }
    const there = await way.publisher?.read(placeOf(object))
    before.set(id, there?.text)
    if (there === undefined || !there.isOurs || there.text === undefined) return { id, state: 'absent' }
    if (!tag || there.text === textFor(tag)) return { id, state: 'same', mark: 'ours' }
    return { id, state: 'different', mark: 'ours', difference: 'its text', asWritten: true }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { id, state: 'unknown', problem: problemOfError(error, 'read the status') }
  }
}
