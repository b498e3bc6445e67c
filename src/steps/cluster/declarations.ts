// What becomes of declarations whose tag is gone: they are retained for a while and apply again if the tag returns. Many that vanish in one read look
// like tags overwritten by mistake, so they are retained much longer. Pure; read-declarations and its observe both use it.

import { fairShare } from '../../declare/fair-share.ts'
import { sourceOf } from '../../declare/source.ts'
import { tagOf } from '../../declare/tags.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import { linkerId } from '../../model/connection.ts'
import { mostDeclared } from '../../model/declared-in-cluster.ts'
import type { Loop } from '../../model/loop.ts'
import type { ManagedObject } from '../../model/managed-object.ts'
import { past } from '../../model/moments.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { nameOf, timeText } from '../../model/words.ts'

export type Declaration = ManagedObject & {
  readonly kind: 'declaration'
  readonly spec: ConnectionSpec
  readonly connection: Loop<'connection'>
}
/** For a connection whose cluster is gone, whatever its origin: it is to be withdrawn. Never deleted. */
export type Withdrawal = ManagedObject & { readonly kind: 'withdrawal'; readonly retain: true; readonly connection: Loop<'connection'> }

export function declaration(spec: ConnectionSpec): Declaration {
  const connection: Loop<'connection'> = { kind: 'connection', key: spec.key, id: linkerId(spec.cluster.id, spec.name) }
  const summary = `declaration of connection ${spec.name}`
  return { kind: 'declaration', id: connection.id.toLowerCase(), summary, of: spec.key, spec, connection }
}

export function withdrawal(spec: ConnectionSpec): Withdrawal {
  const { id, connection, of } = declaration(spec)
  return {
    kind: 'withdrawal',
    id: `${id}|withdrawal`,
    summary: `withdrawal of connection ${spec.name}`,
    retain: true,
    connection,
    ...(of ? { of } : {}),
  }
}

export type Vanished = { readonly object: Declaration; readonly since: number; readonly graceMs: number }

/** From this many on, if it is also more than half, vanishing in one read counts as a mistake. */
const many = 4

/** Stored declarations whose tag is gone, since when, and how long they are retained. */
export function vanishedOf(view: View<'cluster'>, declared: readonly Declaration[]): readonly Vanished[] {
  const ids = new Set(declared.map((object) => object.id))
  const tracked = view.tracked('read-declarations').filter((row) => row.object.kind === 'declaration' && row.ownership === 'ours')
  const known = view.facts.vanished ?? {}
  const gone = tracked.map((row) => row.object as Declaration).filter((object) => !ids.has(object.id))
  const now = gone.filter(({ spec }) => known[spec.key] === undefined)
  const before = tracked.length - (gone.length - now.length)
  const isMass = now.length >= many && now.length * 2 > before
  return withinRoom(
    gone.map((object) => ({
      object,
      graceMs: known[object.spec.key]?.graceMs ?? graceOf(object.spec, isMass, view),
      since: past(known[object.spec.key]?.since ?? view.now, view.now),
    })),
  )
}

/** A namespace that writes new keys again and again, and deletes them, has no grace for them all: what is retained is part of one row. */
function withinRoom(vanished: readonly Vanished[]): readonly Vanished[] {
  const ofKeys = vanished.filter(({ object }) => object.spec.origin === 'configmap').toSorted((a, b) => a.since - b.since)
  const claims = ofKeys.map(({ object }) => ({ namespace: object.spec.namespace, key: object.spec.key }))
  const kept = new Set(fairShare(claims, () => 1, mostDeclared).map(({ key }) => key))
  return vanished.map((one) => (one.object.spec.origin !== 'configmap' || kept.has(one.object.spec.key) ? one : { ...one, graceMs: 0 }))
}

/** A policy withdraws on many clusters at once, which no cluster sees: its row says so. One whose row is gone may have been many. */
function graceOf({ origin, policy }: ConnectionSpec, isMass: boolean, { installation, policies }: View<'cluster'>): number {
  const row = policies.find(({ name }) => name === policy)
  const isManyElsewhere = origin === 'policy' && (row === undefined || row.withdrawsMany === true)
  return isMass || isManyElsewhere ? installation.massGraceMs : installation.graceMs
}

export const retainedUntil = ({ since, graceMs }: Vanished): number => since + graceMs

/** Reported to the connections that are retained, and to no other of the cluster. */
export function withdrawnFaults(view: View<'cluster'>, vanished: readonly Vanished[]): readonly Fault[] {
  const retained = vanished.filter((one) => view.now < retainedUntil(one))
  const many = retained.filter((one) => one.graceMs !== view.installation.graceMs)
  return retained.map((one) => {
    const { name, key } = one.object.spec
    const about = { name, tag: tagOf(name), cluster: nameOf(view.loop), until: timeText(retainedUntil(one)) }
    if (one.object.spec.origin !== 'tag')
      return { code: 'DeclarationWithdrawn', about: { ...about, source: sourceOf(one.object.spec) }, of: key }
    return many.includes(one)
      ? { code: 'ManyVanished', about: { ...about, count: String(many.length) }, of: key }
      : { code: 'TagWithdrawn', about, of: key }
  })
}
