// Which identity bindings there are in the clusters of an identity, as AKS answers them. A cluster that cannot be read leaves only its own unknown.
import * as z from 'zod'
import { notUnderstood } from '../../errors/answer.ts'
import { problemOfError } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import type { ObservedState } from '../../model/managed-object.ts'
import type { BindingObject } from '../../model/managed-objects.ts'
import type { Problem } from '../../model/problem.ts'
import { sameId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { knownOf } from '../cluster/in-cluster.ts'

export const bindingApi = '2026-07-01'

type Binding = { readonly name: string; readonly identity: string; readonly state: string }
/** `hasOthers`: a binding of the identity that the app did not make. */
type Found = { readonly binding?: Binding; readonly hasOthers?: boolean; readonly problem?: Problem }

const bindingSchema = z.looseObject({
  name: z.string(),
  properties: z.looseObject({
    managedIdentity: z.looseObject({ resourceId: z.string() }),
    provisioningState: z.string().nullish(),
  }),
})

/** By id of the object. */
export async function foundBindings(
  objects: readonly BindingObject[],
  view: View<'identity'>,
  ports: Ports,
): Promise<ReadonlyMap<string, Found>> {
  const find = async (object: BindingObject): Promise<Found> => {
    try {
      return await bindingOf(object, view, ports)
    } catch (error) {
      // If thrown, it is retried as its class says; but then nothing happens in the other clusters either.
      if (objects.length === 1 || !(error instanceof Failure)) throw error
      return { problem: problemOfError(error, `read the ${object.summary}`) }
    }
  }
  return new Map(await Promise.all(objects.map(async (object) => [object.id, await find(object)] as const)))
}

/** That of the app; otherwise one of the same identity, which serves as well; otherwise what has the app's name. */
async function bindingOf({ cluster, name }: BindingObject, view: View<'identity'>, ports: Ports): Promise<Found> {
  if ((await knownOf(view, cluster, ports)).gone) return {}
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
  const serving = all.filter(({ identity }) => sameId(identity, view.loop.id))
  const binding = serving.find((one) => one === own) ?? serving[0] ?? own
  return { ...(binding ? { binding } : {}), hasOthers: serving.some((one) => one !== own) }
}

export const isUnderWay = ({ binding }: Found): boolean =>
  binding !== undefined && !['Succeeded', 'Failed', 'Canceled'].includes(binding.state)

export function bindingState({ id, identity, name }: BindingObject, { binding, problem }: Found): ObservedState {
  if (problem) return { id, state: 'unknown', problem }
  if (!binding) return { id, state: 'absent' }
  const mark = binding.name === name ? 'none' : 'foreign'
  if (!sameId(binding.identity, identity)) return { id, state: 'different', mark: 'foreign', difference: 'it is of another identity' }
  if (binding.state === 'Succeeded') return { id, state: 'same', mark }
  return { id, state: 'different', mark, difference: `it is ${binding.state}`, asWritten: true }
}
