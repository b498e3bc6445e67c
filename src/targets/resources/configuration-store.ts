// An App Configuration store. Surprising: it has no IP rules (only public access as a whole, and private endpoints), the answer to listKeys is a list,
// and a store whose local authentication is switched off has no keys at all
// (https://learn.microsoft.com/azure/azure-app-configuration/howto-disable-access-key-authentication).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { KeySlot } from '../../model/key-slot.ts'
import { none } from '../firewall/none.ts'
import type { Resource } from '../resource.ts'

const action = (name: string): string => `Microsoft.AppConfiguration/configurationStores/${name}`
const apiVersion = '2024-06-01'

const storeSchema = z.looseObject({
  location: z.string(),
  sku: z.looseObject({ name: z.string().nullish() }).nullish(),
  properties: z.looseObject({
    endpoint: z.string().nullish(),
    disableLocalAuth: z.boolean().nullish(),
    creationDate: z.string().nullish(),
  }),
})
const networkSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  privateEndpointConnections: z.array(z.unknown()).nullish(),
})

const keysSchema = z.looseObject({
  value: z.array(z.looseObject({ name: z.string(), id: z.string().nullish(), connectionString: z.string().min(1) })),
})
const wordOf = { primary: 'Primary', secondary: 'Secondary' } as const
const queryOf = (slot: KeySlot, field: string): string => `value[?name=='${wordOf[slot]}'].${field} | [0]`

/** There are read-only keys as well: `Primary Read Only`. */
function keyIn(answer: unknown, slot: KeySlot): z.infer<typeof keysSchema>['value'][number] {
  const found = inShape(keysSchema, answer).value.find(({ name }) => name === wordOf[slot])
  if (!found) throw new TypeError(`The store lists no ${slot} key`)
  return found
}

export const configurationStore: Resource = {
  armType: 'microsoft.appconfiguration/configurationstores',
  apiVersion,
  label: 'App Configuration store',

  read(body) {
    const { location, sku, properties } = inShape(storeSchema, body)
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: properties.disableLocalAuth !== true,
      // It has no endpoint before it is made.
      services: properties.endpoint ? { appconfig: { endpoint: properties.endpoint } } : {},
      sort: sku?.name ?? 'of no known tier',
      ...(properties.creationDate ? { createdAt: properties.creationDate } : {}),
    }
  },

  firewall: none({
    apiVersion,
    isClosed(properties) {
      const { publicNetworkAccess, privateEndpointConnections } = inShape(networkSchema, properties)
      // Left to Azure, the first private endpoint closes it: https://learn.microsoft.com/azure/azure-app-configuration/howto-disable-public-access
      if (publicNetworkAccess === null || publicNetworkAccess === undefined) return (privateEndpointConnections ?? []).length > 0
      return publicNetworkAccess !== 'Enabled'
    },
  }),

  credentials: {
    '*': {
      action: 'listKeys',
      query: (slot) => queryOf(slot, 'connectionString'),
      pick: (answer, slot) => keyIn(answer, slot).connectionString,
    },
  },
  // A key has another id each time.
  renewal: {
    action: 'regenerateKey',
    body: (_slot, id) => ({ id }),
    keyId: { query: (slot) => queryOf(slot, 'id'), pick: (answer, slot) => inShape(z.string().min(1), keyIn(answer, slot).id) },
  },

  notes: [
    'public access can be closed only [as a whole](https://learn.microsoft.com/azure/azure-app-configuration/howto-disable-public-access): then give the cluster a private endpoint and set `firewall=keep`',
    'a store that [stops taking keys](https://learn.microsoft.com/azure/azure-app-configuration/howto-disable-access-key-authentication) deletes them; use `auth=workload-identity` there',
  ],

  rights: { read: [action('read')], firewall: [], credential: [action('ListKeys/action')], renewal: [action('RegenerateKey/action')] },
  events: [action('write'), action('delete'), action('regenerateKey/action')],
}
