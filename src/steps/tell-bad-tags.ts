// A tag that is not understood declares no connection, so that none could tell of it: this does, in the ConfigMap of the namespace that the tag names,
// where a policy allows that namespace. A courtesy, as publish-status is: it can be turned off, and holds up nothing.

import type { BadTag } from '../domain/bad-tag.ts'
import { namespaceAllowed } from '../domain/consent.ts'
import type { Loop } from '../domain/loop.ts'
import { statusBoard } from '../domain/names.ts'
import type { Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf, problemOfError } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { eachChange } from './each-change.ts'
import { reach } from './in-cluster.ts'
import type { Board, Ports } from './ports.ts'
import { byHandStatus, newsOf, textOfProblem } from './status-text.ts'
import type { Step } from './step.ts'
import type { StatusThing } from './things.ts'
import { minute, nameOf } from './words.ts'

type Found = ReadonlyMap<string, string | undefined>

export const tellBadTags: Step<'cluster', StatusThing, Found> = {
  name: 'tell-bad-tags',
  loop: 'cluster',
  after: ['read-declarations'],
  reads: [],
  patienceMs: 5 * minute,
  inputs: ({ facts }) => ({ tags: facts.badTags, running: facts.running, fqdn: facts.fqdn }),

  wanted(view): Wanted<StatusThing> {
    const { uid, gone, badTags = [] } = view.facts
    if (gone || uid === undefined || view.rules.publishStatus === false) return { things: [] }
    return { things: badTags.filter((tag) => isTold(tag, view)).flatMap((tag) => thingOf(tag, uid, view)) }
  },

  async observe(view, wanted, held, ports) {
    const things = [...new Map([...held.map((row) => row.thing), ...wanted].map((thing) => [thing.id, thing])).values()]
    const before = new Map<string, string | undefined>()
    return { seen: await Promise.all(things.map((thing) => look(thing, view, ports, before))), found: before }
  },

  async apply(changes, _before, view, ports) {
    let isPlaceless = false
    await eachChange(changes, async ({ action, thing }) => {
      const board = await boardIn(thing, view, ports)
      const tag = tagOf(thing, view)
      if (!board) return
      if (action === 'delete') return board.erase(placeOf(thing))
      if (!tag) return
      const text = textFor(tag)
      if (await board.write(placeOf(thing), text)) await board.tell(placeOf(thing), { ...newsOf(tag.name, text), at: ports.now() })
      else isPlaceless = true
    })
    const wait = 'waiting until the namespace is there, to tell it of the tag'
    return isPlaceless ? { waiting: [{ of: [view.loop], text: wait, lookAt: view.now + 60 * minute }] } : { done: true }
  },

  byHand: (changes) => byHandStatus(changes),
}

/** One that has a connection all the same, of an earlier tag or another author, is told of by that. */
function isTold({ connection, namespace }: BadTag, view: View<'cluster'>): boolean {
  const hasConnection = [...view.members, ...view.readers].some(({ key }) => key === connection.key)
  return !hasConnection && namespace !== undefined && namespaceAllowed(view.loop.id, namespace, view.policies)
}

function thingOf({ name, namespace, connection }: BadTag, clusterUid: string, view: View<'cluster'>): readonly StatusThing[] {
  if (namespace === undefined) return []
  const { name: board } = statusBoard
  const summary = `status of the tag for ${name} in ConfigMap ${board} in namespace ${namespace} of cluster ${nameOf(view.loop)}`
  const id = `${view.loop.key}/${namespace}/ConfigMap/${board}/${name}`
  return [{ kind: 'status', id, summary, of: connection.key, cluster: view.loop, clusterUid, namespace, connection: name }]
}

const tagOf = (thing: StatusThing, view: View<'cluster'>): BadTag | undefined =>
  view.facts.badTags?.find(({ connection }) => connection.key === thing.of)
const placeOf = ({ namespace, connection, of, cluster }: StatusThing) => ({ namespace, connection, key: of ?? cluster.key })
const textFor = ({ tag, wrong, example }: BadTag): string =>
  textOfProblem('Failed', problemOf({ code: 'BadTag', about: { tag, wrong, example } }))

async function boardIn(thing: StatusThing, view: View<'cluster'>, ports: Ports): Promise<Board | undefined> {
  const way = await wayTo(thing, view, ports)
  return typeof way === 'object' && 'observe' in way ? way.board : undefined
}

/** A loop's view answers for others; of its own cluster the facts are its own. */
const wayTo = (thing: StatusThing, view: View<'cluster'>, ports: Ports): ReturnType<typeof reach> =>
  reach({ of: (other: Loop) => (other.key === view.loop.key ? view.facts : {}) as never }, thing.cluster, thing.clusterUid, ports)

/** What cannot be looked at holds up nothing, and is left behind where it shall go. */
async function look(thing: StatusThing, view: View<'cluster'>, ports: Ports, before: Map<string, string | undefined>): Promise<Seen> {
  const { id } = thing
  const tag = tagOf(thing, view)
  // The connection that it has now writes under this key itself.
  if ([...view.members, ...view.readers].some(({ key }) => key === thing.of)) return { id, state: 'absent' }
  try {
    const way = await wayTo(thing, view, ports)
    if (way === 'gone') return { id, state: 'absent' }
    if (!('observe' in way)) return { id, state: 'unseen', problem: way }
    const there = await way.board?.read(placeOf(thing))
    before.set(id, there?.text)
    if (there === undefined || !there.isOurs || there.text === undefined) return { id, state: 'absent' }
    if (!tag || there.text === textFor(tag)) return { id, state: 'same', mark: 'ours' }
    return { id, state: 'different', mark: 'ours', difference: 'its text', asWritten: true }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { id, state: 'unseen', problem: problemOfError(error, 'look at the status') }
  }
}
