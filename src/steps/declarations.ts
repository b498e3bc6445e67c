// What becomes of declarations whose tag is gone: they are kept for a while and come back to life if the tag returns. Many that vanish in
// one read look like tags overwritten by mistake, so they are kept much longer. Pure; read-declarations and its look both use it.

import type { Desired } from '../domain/connection.ts'
import { linkerId } from '../domain/connection.ts'
import type { Loop } from '../domain/loop.ts'
import { past } from '../domain/moments.ts'
import type { Fault } from '../domain/problem.ts'
import { tagOf } from '../domain/tags.ts'
import type { Thing } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { nameOf, timeText } from './words.ts'

export type Declaration = Thing & { readonly kind: 'declaration'; readonly desired: Desired; readonly connection: Loop<'connection'> }
/** Of a connection whose cluster is gone, declared by whoever: it shall be withdrawn. Never taken back. */
export type Withdrawal = Thing & { readonly kind: 'withdrawal'; readonly lasting: true; readonly connection: Loop<'connection'> }

export function declaration(desired: Desired): Declaration {
  const connection: Loop<'connection'> = { kind: 'connection', key: desired.key, id: linkerId(desired.cluster.id, desired.name) }
  const summary = `declaration of connection ${desired.name}`
  return { kind: 'declaration', id: connection.id.toLowerCase(), summary, of: desired.key, desired, connection }
}

export function withdrawal(desired: Desired): Withdrawal {
  const { id, connection, of } = declaration(desired)
  return {
    kind: 'withdrawal',
    id: `${id}|withdrawal`,
    summary: `withdrawal of connection ${desired.name}`,
    lasting: true,
    connection,
    ...(of ? { of } : {}),
  }
}

export type Vanished = { readonly thing: Declaration; readonly since: number; readonly graceMs: number }

/** From this many on, and only where it is more than half, vanishing in one read counts as a mistake. */
const many = 4

/** Declarations of ours that nobody declares any more, since when, and how long they are kept. */
export function vanishedOf(view: View<'cluster'>, declared: readonly Declaration[]): readonly Vanished[] {
  const ids = new Set(declared.map((thing) => thing.id))
  const ours = view.held('read-declarations').filter((row) => row.thing.kind === 'declaration' && row.hold === 'ours')
  const known = view.facts.vanished ?? {}
  const gone = ours.map((row) => row.thing as Declaration).filter((thing) => !ids.has(thing.id))
  const now = gone.filter((thing) => known[thing.id] === undefined)
  const before = ours.length - (gone.length - now.length)
  const isMass = now.length >= many && now.length * 2 > before
  return gone.map((thing) => ({
    thing,
    graceMs: known[thing.id]?.graceMs ?? (isMass ? view.rules.massGraceMs : view.rules.graceMs),
    since: past(known[thing.id]?.since ?? view.now, view.now),
  }))
}

export const keptUntil = ({ since, graceMs }: Vanished): number => since + graceMs

/** Told to the connections that are kept, and to no other of the cluster. */
export function withdrawnFaults(view: View<'cluster'>, vanished: readonly Vanished[]): readonly Fault[] {
  const kept = vanished.filter((one) => view.now < keptUntil(one))
  const many = kept.filter((one) => one.graceMs !== view.rules.graceMs)
  return kept.map((one) => {
    const { name, key } = one.thing.desired
    const about = { name, tag: tagOf(name), cluster: nameOf(view.loop), until: timeText(keptUntil(one)) }
    return many.includes(one)
      ? { code: 'ManyVanished', about: { ...about, count: String(many.length) }, of: key }
      : { code: 'TagWithdrawn', about, of: key }
  })
}
