// The credentials that values of a connection are made of: that of the target, and what the author provides. Wrapped from the answer of the service on.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { firstSlot, type KeySlot } from '../../model/key-slot.ts'
import type { ManagedObject, ObservedState } from '../../model/managed-object.ts'
import { type Secret, secret } from '../../model/secret.ts'
import type { View } from '../../model/view.ts'
import type { Ports } from '../../ports/ports.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { credentialOf } from '../../targets/resource.ts'
import type { Credentials } from '../../targets/secret-values.ts'
import type { Target } from '../../targets/target-type.ts'

export function targetTypeOf(self: Connection): Target {
  const type = targetOf(self.type)
  if (!type) throw new TypeError(`There is no target type ${self.type}`)
  return type
}

export const slotIn = (self: Connection, view: View<'connection'>): KeySlot => view.of(self.target).keys?.slot ?? firstSlot

export async function credentialsFor(self: Connection, view: View<'connection'>, ports: Ports): Promise<Credentials> {
  const { on } = targetTypeOf(self)
  const source = authTypeOf(self).secret === 'fetched' ? credentialOf(on, self.type) : undefined
  const slot = slotIn(self, view)
  const pick = (answer: unknown): string => source?.pick(answer, slot) ?? ''
  return {
    ...(source ? { credential: await ports.arm.secret(self.target.id, source.action, on.apiVersion, pick) } : {}),
    ...(self.secret ? { provided: await ports.vault.read(self.secret) } : {}),
  }
}

/** Commands in their place, which print them: no report may contain a credential. */
export function commandsFor(self: Connection, view: View<'connection'>): Credentials {
  const { on } = targetTypeOf(self)
  const credential = credentialOf(on, self.type)
  const show = (command: string): Secret<string> => secret(`$(${command} --output tsv)`)
  const url = `${self.target.id}${credential?.action === undefined ? '' : `/${credential.action}`}?api-version=${on.apiVersion}`
  const method = credential?.action === undefined ? 'get' : 'post'
  return {
    ...(credential
      ? { credential: show(`az rest --method ${method} --url '${url}' --query "${credential.query(slotIn(self, view))}"`) }
      : {}),
    ...(self.secret ? { provided: show(`az keyvault secret show --id '${self.secret.id}' --query value`) } : {}),
  }
}

/**
 * The rotation of the target's keys (by when it was requested) whose key these objects have. `before`: as last seen; once they had it, only another
 * rotation changes that.
 */
export function rotationSeen(
  desired: readonly ManagedObject[],
  observed: readonly ObservedState[],
  { self, of }: View<'connection'>,
  before: number | undefined,
): number | undefined {
  const rotation = self && authTypeOf(self).secret === 'fetched' ? of(self.target).keys?.rotation : undefined
  const same = new Set(observed.filter(({ state }) => state === 'same').map(({ id }) => id))
  const isWritten = desired.length > 0 && desired.every(({ id }) => same.has(id))
  return rotation !== undefined && isWritten ? rotation : before
}
