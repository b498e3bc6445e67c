// AKS identity bindings: one for each cluster whose pods may use the identity, and the one credential on it that they share. AKS makes that with the
// first binding and never removes it (docs/azure-behaviour.md#identity-bindings), so this step tracks it too and removes it after the last one. One that
// was there before, or that serves a binding of others, stays; so does that of an identity which people provide, as bindings of it can be anywhere.
import * as z from 'zod'
import type { Applied, Step } from '../../contract/step.ts'
import { notUnderstood } from '../../errors/answer.ts'
import { bindingCredential, isBound } from '../../model/federation.ts'
import type { Change, ObservedState } from '../../model/managed-object.ts'
import type { BindingCredential, BindingObject } from '../../model/managed-objects.ts'
import { sameId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { byHandBindings } from '../by-hand/bindings.ts'
import { desiredBindings } from './desired-bindings.ts'
import { credentialLimit, mostCredentials } from './federate-identity.ts'

const bindingApi = '2026-07-01'

type Bound = BindingObject | BindingCredential
/** A binding as AKS answers it. */
type Binding = { readonly name: string; readonly identity: string; readonly state: string }

const bindingSchema = z.looseObject({
  name: z.string(),
  properties: z.looseObject({
    managedIdentity: z.looseObject({ resourceId: z.string() }),
    provisioningState: z.string().nullish(),
  }),
})

export const bindIdentity: Step<'identity', Bound> = {
  name: 'bind-identity',
  loop: 'identity',
  after: ['ensure-identity'],
  reads: ['cluster'],
  serves: isBound,

  concerns: ({ cluster: { key } }, { bindings: before = [] }, { bindings: after = [] }) => before.includes(key) !== after.includes(key),

  desired: (view) => desiredBindings(view),

  async observe(view, { objects, desired }, ports) {
    if (objects.length === 0) return { observed: [], facts: { bindings: undefined }, found: undefined }
    const clusters = objects.filter((object) => object.kind === 'identity-binding')
    const there = new Map(await Promise.all(clusters.map(async (object) => [object.id, await bindingOf(object, view, ports)] as const)))
    const credentials = (await ports.identities.credentials(view.loop.id)) ?? []
    const hasCredential = credentials.some(({ name }) => name === bindingCredential)
    const others = clusters.some((object) => isForeign(object, there.get(object.id)))
    const observed = objects.map((object): ObservedState => {
      if (object.kind === 'identity-binding') return observedState(object, there.get(object.id))
      return hasCredential ? { id: object.id, state: 'same', mark: others ? 'foreign' : 'none' } : { id: object.id, state: 'absent' }
    })
    const isThere = (object: Bound): object is BindingObject =>
      object.kind === 'identity-binding' && hasCredential && observed.some(({ id, state }) => id === object.id && state === 'same')
    const busy = clusters.filter(({ id }) => isUnderWay(there.get(id)?.state))
    const isFull = desired.length > 0 && !hasCredential && credentials.length >= mostCredentials
    return {
      observed,
      facts: {
        bindings:
          desired.length > 0
            ? desired
                .filter(isThere)
                .map(({ cluster }) => cluster.key)
                .sort()
            : undefined,
      },
      ...(isFull ? { faults: [credentialLimit(view, credentials.length + 1)] } : {}),
      later: isFull ? objects.map(({ id }) => id) : busy.map(({ id }) => id),
      waiting: busy.map(({ cluster, summary }) => ({
        of: [cluster],
        text: `waiting until AKS has completed its change of the ${summary}`,
        nextRunAt: view.now + minute / 2,
      })),
      found: undefined,
    }
  },

  async apply(changes, _found, view, ports): Promise<Applied> {
    const bindings = changes.filter(({ object }) => object.kind === 'identity-binding')
    // AKS makes the credential with a binding, and with a repeated write of one: so one of the app's is written again if only the credential is missing.
    const again = bindings.length === 0 && changes.some(({ action }) => action !== 'delete') ? ownBindings(view) : []
    for (const { action, object } of [...bindings, ...again]) {
      if (object.kind !== 'identity-binding') continue
      const written =
        action === 'delete'
          ? await ports.arm.delete(object.resource, bindingApi)
          : await ports.arm.put(object.resource, bindingApi, { properties: { managedIdentity: { resourceId: view.loop.id } } })
      const what = `${action === 'delete' ? 'remove' : 'make'} the ${object.summary}`
      // A step follows one operation; the next attempt makes the rest.
      if (written.operation) return { started: { url: written.operation, startedAt: ports.now(), what, objects: [object.id] } }
    }
    for (const { action, object } of changes)
      if (action === 'delete' && object.kind === 'binding-credential') await ports.identities.deleteCredential(view.loop.id, object.name)
    return { done: true }
  },

  byHand: (changes, view) => byHandBindings(changes, view.loop.id),
}

const ownBindings = (view: View<'identity'>): readonly Change<Bound>[] =>
  view
    .tracked('bind-identity')
    .filter(({ ownership, object }) => ownership === 'ours' && object.kind === 'identity-binding')
    .slice(0, 1)
    .map(({ object }) => ({ action: 'update', object: object as BindingObject, observed: { id: object.id, state: 'absent' } }))

/** Of this identity, whether the app made it or not; otherwise what has the app's name. */
async function bindingOf({ cluster, name }: BindingObject, view: View<'identity'>, ports: Ports): Promise<Binding | undefined> {
  const { gone } = view.of(cluster)
  if (gone) return undefined
  const read = z.array(bindingSchema).safeParse(await ports.arm.list(`${cluster.id}/identityBindings`, bindingApi))
  if (!read.success) throw notUnderstood(`read the identity bindings of cluster ${nameOf(cluster)}`, 'one of them names no identity')
  const all = read.data.map(
    ({ name: its, properties }): Binding => ({
      name: its,
      identity: properties.managedIdentity.resourceId,
      state: properties.provisioningState ?? 'Succeeded',
    }),
  )
  const own = all.find((one) => one.name === name)
  return all.find((one) => sameId(one.identity, view.loop.id)) ?? own
}

const isUnderWay = (state: string | undefined): boolean => state !== undefined && !['Succeeded', 'Failed', 'Canceled'].includes(state)
const isForeign = ({ name }: BindingObject, found: Binding | undefined): boolean => found !== undefined && found.name !== name

function observedState({ id, identity, name }: BindingObject, found: Binding | undefined): ObservedState {
  if (!found) return { id, state: 'absent' }
  const mark = found.name === name ? 'none' : 'foreign'
  if (!sameId(found.identity, identity)) return { id, state: 'different', mark: 'foreign', difference: 'it is of another identity' }
  if (found.state === 'Succeeded') return { id, state: 'same', mark }
  return { id, state: 'different', mark, difference: `it is ${found.state}`, asWritten: true }
}
