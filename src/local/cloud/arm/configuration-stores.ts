// Microsoft.AppConfiguration/configurationStores (https://learn.microsoft.com/rest/api/appconfiguration/configuration-stores). Surprising, all recorded by
// azure-service-operator's and azure-cli's tests: while a store is being made nearly everything in its body is null, even what was sent; the id of an
// operation is no guid; changes and deletes are over at once. A store that stops taking keys deletes them, and gets others when it takes them again
// (https://learn.microsoft.com/azure/azure-app-configuration/howto-disable-access-key-authentication). Deleted stores stay recoverable for days, and
// their names taken, in the real Azure; here a name is free at once.

import type { CloudResponse } from '../http.ts'
import { refuse } from './errors.ts'
import { keyedResource } from './keyed-resource.ts'
import { base64Key, type Key, keysOf, newKeys, removeKeys } from './keyed-resource-keys.ts'
import { type Operation, polled } from './operations.ts'
import type { Body, Call, Provider } from './provider.ts'
import type { Resource } from './resources.ts'

const type = 'Microsoft.AppConfiguration/configurationStores'
const stamp = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, '+00:00')
const states = 'operationsStatus'

/** 43 characters of base64url: here those of the guid. */
const idOf = (guid: string): string => Buffer.from(guid.replaceAll('-', '')).toString('base64url')
const guidOf = (id: string): string =>
  Buffer.from(id, 'base64url')
    .toString()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const placeOf = ({ id, location }: Resource, guid: string): string =>
  `/subscriptions/${id.split('/')[2]}/providers/Microsoft.AppConfiguration/locations/${location}/${states}/${idOf(guid)}`

const keyBody = ({ properties }: Resource, { id, name, value, at }: Key): Body => ({
  id,
  name,
  value,
  connectionString: `Endpoint=${properties['endpoint']};Id=${id};Secret=${value}`,
  lastModified: stamp(at),
  readOnly: name.endsWith('Read Only'),
})

const keys = {
  names: ['Primary', 'Secondary', 'Primary Read Only', 'Secondary Read Only'],
  list: 'listKeys',
  renew: 'regenerateKey',
  value: base64Key,
  answer: (store: Resource, all: readonly Key[]) => ({ value: all.map((key) => keyBody(store, key)), nextLink: null }),
  wanted: ({ id }: Body, all: readonly Key[]) => all.find((key) => key.id === id)?.name,
  renewed: keyBody,
}

function changed({ world }: Call, asked: Body, before: Resource): Body {
  const { disableLocalAuth } = asked
  if (disableLocalAuth === true) removeKeys(world, before.id)
  if (disableLocalAuth === false && keysOf(world, before.id).length === 0) newKeys(world, keys, before)
  const access = asked['publicNetworkAccess']
  if (access !== undefined && access !== null && access !== 'Enabled' && access !== 'Disabled')
    throw refuse(400, 'BadRequest', `The value '${access}' of publicNetworkAccess is invalid.`)
  // Only what a request says.
  return { createMode: undefined }
}

function poll(call: Call): CloudResponse {
  const { operation = '' } = call.parameters
  const { ended } = polled({ ...call, parameters: { ...call.parameters, operation: guidOf(operation) } })
  const body = { id: call.path, name: operation, status: ended?.status ?? 'Creating', error: ended?.error ?? null }
  return { status: 200, headers: { 'azure-asyncoperation': call.url.href }, body }
}

/** Even what was sent. */
const unmade = (store: Resource): Resource => ({
  ...store,
  systemData: null,
  properties: {
    provisioningState: 'Creating',
    creationDate: store.properties['creationDate'],
    endpoint: null,
    encryption: null,
    privateEndpointConnections: null,
    disableLocalAuth: null,
    softDeleteRetentionInDays: null,
    enablePurgeProtection: null,
  },
})

export const configurationStores: Provider = keyedResource({
  type,
  name: /^[a-zA-Z0-9_-]{5,50}$/,
  born: (world, { name }, { network, localAuth, sku }) => ({
    sku: { name: sku ?? 'standard' },
    systemData: null,
    properties: {
      provisioningState: 'Succeeded',
      creationDate: stamp(world.clock.now()),
      endpoint: `https://${name.toLowerCase()}.azconfig.io`,
      encryption: { keyVaultProperties: null },
      privateEndpointConnections: null,
      publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled',
      disableLocalAuth: !localAuth,
      softDeleteRetentionInDays: 7,
      enablePurgeProtection: false,
    },
  }),
  changeable: ['publicNetworkAccess', 'disableLocalAuth', 'createMode', 'softDeleteRetentionInDays', 'enablePurgeProtection'],
  changed,
  flows: {
    create: {
      takes: 10_000,
      meanwhile: unmade,
      urlOf: (store, guid) => `https://management.azure.com${placeOf(store, guid)}?api-version=2024-06-01`,
      answer: (store, operation: Operation | undefined) => ({
        status: 201,
        headers: { 'azure-asyncoperation': operation?.url ?? '', 'retry-after': '10' },
        body: store,
      }),
    },
  },
  busy: ({ name }) => refuse(409, 'Conflict', `The resource '${name}' is being provisioned: another operation is in progress.`),
  keys,
  routes: [
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/providers/Microsoft.AppConfiguration/locations/{location}/${states}/{operation}`,
      action: 'none',
      handle: poll,
    },
  ],
})
