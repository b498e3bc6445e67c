// Microsoft.Authorization/locks (https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources): what lies at or below a locked
// scope cannot be deleted; with ReadOnly it cannot be written either, and POSTs count as writes, so that keys cannot be listed
// (https://learn.microsoft.com/azure/storage/common/lock-account-resource). A role assignment lies below the scope that it is for.

import type { World } from '../world.ts'
import { type ArmError, refuse } from './errors.ts'
import { isWithin, keyOf } from './ids.ts'
import { type Call, objectOf, type Provider, page, textOf } from './provider.ts'

type Lock = {
  readonly id: string
  readonly name: string
  readonly scope: string
  readonly level: 'CanNotDelete' | 'ReadOnly'
  readonly notes?: string
}

/** By the lock's id in lower case. */
const locks = (world: World): Map<string, Lock> => world.table<Lock>('locks')
const list = '/{scope*}/providers/Microsoft.Authorization/locks'
const path = `${list}/{name}`

/** Throws 409 where a lock forbids the call. Reads are always allowed, and so is changing the locks themselves. */
export function checkLocks({ world, method, path: at }: Pick<Call, 'world' | 'method' | 'path'>): void {
  if (method === 'GET' || method === 'HEAD' || /\/providers\/Microsoft\.Authorization\/locks\//i.test(at)) return
  const isDelete = method === 'DELETE'
  const stops = ({ scope, level }: Lock): boolean =>
    // What holds something locked cannot be deleted either.
    level === 'ReadOnly'
      ? isWithin(at, scope) || (isDelete && isWithin(scope, at))
      : isDelete && (isWithin(at, scope) || isWithin(scope, at))
  const scopes = [...locks(world).values()].filter(stops).map(({ scope }) => scope)
  if (scopes.length === 0) return
  const what = isDelete ? 'delete' : 'write'
  throw refuse(
    409,
    'ScopeLocked',
    `The scope '${at}' cannot perform ${what} operation because following scope(s) are locked: '${scopes.join("', '")}'. Please remove the lock and try again.`,
  )
}

const bodyOf = ({ id, name, level, notes }: Lock): object => ({
  id,
  name,
  type: 'Microsoft.Authorization/locks',
  properties: { level, ...(notes === undefined ? {} : { notes }) },
})

const notFound = (name: string): ArmError => refuse(404, 'LockNotFound', `The lock '${name}' could not be found.`)

function put(call: Call) {
  const { scope = '', name = '' } = call.parameters
  const properties = objectOf(call.body['properties'])
  const { level } = properties
  if (level !== 'CanNotDelete' && level !== 'ReadOnly')
    throw refuse(400, 'InvalidLockLevel', `The lock level '${String(level)}' is not valid: CanNotDelete and ReadOnly are.`)
  const id = `${scope}/providers/Microsoft.Authorization/locks/${name}`
  const notes = textOf(properties['notes'])
  const before = locks(call.world).get(keyOf(id))
  const lock: Lock = { id, name, scope, level, ...(notes === undefined ? {} : { notes }) }
  locks(call.world).set(keyOf(id), lock)
  return { status: before ? 200 : 201, body: bodyOf(lock) }
}

export const locksProvider: Provider = {
  namespace: 'Microsoft.Authorization',
  routes: [
    {
      method: 'GET',
      path: list,
      handle: (call) => {
        const at = call.parameters['scope'] ?? ''
        const rows = [...locks(call.world).values()].filter(({ scope }) => isWithin(scope, at) || isWithin(at, scope))
        return page(call, rows.map(bodyOf))
      },
    },
    {
      method: 'GET',
      path,
      handle: (call) => {
        const found = locks(call.world).get(keyOf(call.path))
        if (!found) throw notFound(call.parameters['name'] ?? '')
        return { status: 200, body: bodyOf(found) }
      },
    },
    { method: 'PUT', path, handle: put },
    { method: 'DELETE', path, handle: (call) => ({ status: locks(call.world).delete(keyOf(call.path)) ? 200 : 204 }) },
  ],
}
