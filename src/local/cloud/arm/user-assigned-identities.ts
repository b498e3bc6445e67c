// Microsoft.ManagedIdentity/userAssignedIdentities (https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities).

import { refuse, resourceNotFound } from './errors.ts'
import { removeCredentialsOf } from './federated-credentials.ts'
import { parseId } from './ids.ts'
import { type Call, type Provider, page, tagsOf, textOf } from './provider.ts'
import { putResource, type Resource, resourcesOf } from './resources.ts'
import { findIdentity, identityType, makeIdentity, removeIdentity } from './user-assigned-identity.ts'

const list = `providers/${identityType}`
const path = `/subscriptions/{subscription}/resourceGroups/{group}/${list}/{name}`

function existing(call: Call): Resource {
  const found = findIdentity(call.world, call.path)
  if (!found) throw resourceNotFound(identityType, call.parameters['name'] ?? '', call.parameters['group'] ?? '')
  return found
}

export const userAssignedIdentities: Provider = {
  namespace: 'Microsoft.ManagedIdentity',
  routes: [
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/${list}`,
      handle: (call) => page(call, resourcesOf(call.world, identityType, `/subscriptions/${call.parameters['subscription']}`)),
    },
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/resourceGroups/{group}/${list}`,
      handle: (call) => page(call, resourcesOf(call.world, identityType, parseId(call.path).parent)),
    },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: existing(call) }) },
    {
      method: 'PUT',
      path,
      handle: (call) => {
        const name = call.parameters['name'] ?? ''
        if (!/^[a-zA-Z0-9][\w-]{2,127}$/.test(name))
          throw refuse(400, 'InvalidResourceName', `The identity's name '${name}' must have 3 to 128 letters, digits, '-' or '_'.`)
        const location = textOf(call.body['location'])?.replaceAll(' ', '').toLowerCase()
        if (!location) throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
        const before = findIdentity(call.world, call.path)
        if (before && before.location !== location) {
          const message = `The resource '${name}' already exists in location '${before.location}' in resource group '${call.parameters['group']}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`
          throw refuse(409, 'InvalidResourceLocation', message)
        }
        const tags = tagsOf(call.body) ?? {}
        if (!before) {
          const made = makeIdentity(call.world, call.path, location, tags)
          return { status: 201, headers: { location: made.id }, body: made }
        }
        const after = { ...before, tags }
        putResource(call.world, after)
        return { status: 200, body: after }
      },
    },
    {
      method: 'PATCH',
      path,
      handle: (call) => {
        const before = existing(call)
        const after = { ...before, tags: tagsOf(call.body) ?? before.tags ?? {} }
        putResource(call.world, after)
        return { status: 200, body: after }
      },
    },
    {
      method: 'DELETE',
      path,
      handle: (call) => {
        const found = findIdentity(call.world, call.path)
        if (!found) return { status: 204 }
        removeCredentialsOf(call.world, found.id)
        removeIdentity(call.world, found)
        return { status: 200 }
      },
    },
  ],
}
