// AKS identity bindings: one for each cluster whose pods may use the identity, and the one credential on it that they share. AKS makes that with the
// first binding and never removes it (docs/azure-behaviour.md#identity-bindings), so this step tracks it too and removes it after the last one. One that
// was there before, or that serves a binding of others, stays; so does that of an identity which people provide, as bindings of it can be anywhere.
import { eachChange } from '../../contract/each-change.ts'
import type { Applied, Step } from '../../contract/step.ts'
import { bindingCredential, isBound } from '../../model/federation.ts'
import type { Change, ObservedState } from '../../model/managed-object.ts'
import type { BindingCredential, BindingObject } from '../../model/managed-objects.ts'
import type { Operation } from '../../model/outcome.ts'
import type { View } from '../../model/view.ts'
import { minute } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { byHandBindings } from '../by-hand/bindings.ts'
import { desiredBindings } from './desired-bindings.ts'
import { credentialLimit, mostCredentials } from './federate-identity.ts'
import { bindingApi, bindingState, foundBindings, isUnderWay } from './found-bindings.ts'

type Bound = BindingObject | BindingCredential

export const bindIdentity: Step<'identity', Bound> = {
  name: 'bind-identity',
  loop: 'identity',
  outlives: true,
  after: ['ensure-identity'],
  reads: ['cluster'],
  serves: isBound,

  concerns: ({ cluster: { key } }, { bindings: before = [] }, { bindings: after = [] }) => before.includes(key) !== after.includes(key),

  desired: (view) => desiredBindings(view),

  async observe(view, { objects, desired }, ports) {
    if (objects.length === 0) return { observed: [], facts: { bindings: undefined }, found: undefined }
    const bindings = objects.filter((object) => object.kind === 'identity-binding')
    const found = await foundBindings(bindings, view, ports)
    const foundFor = ({ id }: BindingObject) => found.get(id) ?? {}
    const credentials = (await ports.identities.credentials(view.loop.id)) ?? []
    const hasCredential = credentials.some(({ name }) => name === bindingCredential)
    const stateOf = (object: Bound): ObservedState => {
      if (object.kind === 'identity-binding') return bindingState(object, foundFor(object))
      if (!hasCredential) return { id: object.id, state: 'absent' }
      // Pods of a cluster that cannot be read may still need it.
      const unread = bindings.map((one) => foundFor(one).problem).find((problem) => problem !== undefined)
      if (unread && !desired.includes(object)) return { id: object.id, state: 'unknown', problem: unread }
      return { id: object.id, state: 'same', mark: bindings.some((one) => foundFor(one).hasOthers) ? 'foreign' : 'none' }
    }
    const observed = objects.map(stateOf)
    const before = view.facts.bindings ?? []
    const isThere = (object: Bound): object is BindingObject => {
      if (object.kind !== 'identity-binding' || !hasCredential) return false
      const { state } = bindingState(object, foundFor(object))
      return state === 'same' || (state === 'unknown' && before.includes(object.cluster.key))
    }
    const there = desired.filter(isThere).map(({ cluster }) => cluster.key)
    const busy = bindings.filter((one) => isUnderWay(foundFor(one)))
    const isFull = desired.length > 0 && !hasCredential && credentials.length >= mostCredentials
    return {
      observed,
      facts: { bindings: desired.length > 0 ? there.sort() : undefined },
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
    const bindings = changes.filter((change): change is Change<BindingObject> => change.object.kind === 'identity-binding')
    const credentials = changes.filter((change): change is Change<BindingCredential> => change.object.kind === 'binding-credential')
    // AKS makes the credential with a binding, and with a repeated write of one: so one of the app's is written again if only the credential is missing.
    const isMissing = bindings.length === 0 && credentials.some(({ action }) => action !== 'delete')
    const started = await writeBindings(isMissing ? ownBindings(view) : bindings, isMissing, view, ports)
    if (started) return { started }
    await eachChange(credentials, async ({ action, object: { name } }) => {
      if (action === 'delete') await ports.identities.deleteCredential(view.loop.id, name)
    })
    return { done: true }
  },

  byHand: (changes, view) => byHandBindings(changes, view.loop.id),
}

/**
 * A step follows one operation, and the next attempt makes the rest. A cluster that refuses does not keep the app from the others: it is asked again
 * once their operations have ended. `oneIsEnough`: any of them has the effect.
 */
async function writeBindings(
  changes: readonly Change<BindingObject>[],
  oneIsEnough: boolean,
  view: View<'identity'>,
  ports: Ports,
): Promise<Operation | undefined> {
  let started: Operation | undefined
  let isEnough = false
  const write = async (change: Change<BindingObject>): Promise<void> => {
    if (isEnough) return
    started = await writeBinding(change, view, ports)
    isEnough = oneIsEnough || started !== undefined
  }
  await eachChange(changes, write).catch((error: unknown) => {
    if (!isEnough) throw error
  })
  return started
}

const ownBindings = (view: View<'identity'>): readonly Change<BindingObject>[] =>
  view.tracked('bind-identity').flatMap(({ ownership, object }): readonly Change<BindingObject>[] => {
    const isOwn = ownership === 'ours' && object.kind === 'identity-binding'
    return isOwn ? [{ action: 'update', object: object as BindingObject, observed: { id: object.id, state: 'absent' } }] : []
  })

async function writeBinding(
  { action, object: { id, resource, summary } }: Change<BindingObject>,
  { loop }: View<'identity'>,
  ports: Ports,
): Promise<Operation | undefined> {
  const isDelete = action === 'delete'
  const { operation } = isDelete
    ? await ports.arm.delete(resource, bindingApi)
    : await ports.arm.put(resource, bindingApi, { properties: { managedIdentity: { resourceId: loop.id } } })
  if (operation === undefined) return undefined
  return { url: operation, startedAt: ports.now(), what: `${isDelete ? 'remove' : 'make'} the ${summary}`, objects: [id] }
}
