// By hand: a key of a target that is made again. No declaration makes keys, so there are only commands.
import type { Change } from '../../model/managed-object.ts'
import type { RenewedKey } from '../../model/managed-objects.ts'
import { resourceId } from '../../model/resource-id.ts'
import { resourceOf } from '../../targets/catalogue.ts'
import type { Resource } from '../../targets/resource.ts'
import { type Commands, commandsOf } from './by-hand.ts'

export function renewalByHand(id: string, changes: readonly Change<RenewedKey>[]): Commands | undefined {
  const resource = resourceOf(resourceId(id).type)
  if (!resource?.renewal) return undefined
  const { renewal } = resource
  const made = changes.filter(({ action }) => action === 'create')
  return commandsOf({ cli: made.map(({ object: { slot } }) => line(id, resource, renewal, slot)).join('\n') })
}

/** `az rest` is the same for all services, and prints nothing with `--output none`: the answer has the keys. */
function line(id: string, resource: Resource, { action, body, keyId }: NonNullable<Resource['renewal']>, slot: RenewedKey['slot']): string {
  const post = (path: string): string => `az rest --method post --url '${id}/${path}?api-version=${resource.apiVersion}'`
  const named = keyId && `$(${post(resource.credentials['*']?.action ?? '')} --query "${keyId.query(slot)}" --output tsv)`
  const json = JSON.stringify(body(slot, named ? `'"${named}"'` : ''))
  return `${post(action)} --body '${json}' --output none`
}
