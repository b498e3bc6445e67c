// Microsoft.Network, as far as outbound addresses need it: public addresses and prefixes, NAT gateways, subnets. All only to read: they
// come with the fleet, or AKS makes them.

import type { CloudResponse } from '../http.ts'
import { resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import { type Call, type Provider, page, type Route } from './provider.ts'
import { findResource, resourcesOf } from './resources.ts'

const group = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network'

function read(call: Call): CloudResponse {
  const found = findResource(call.world, call.path)
  if (found) return { status: 200, body: found }
  const { type = '', name = '', group: inGroup = '' } = parseId(call.path)
  throw resourceNotFound(type, name, inGroup)
}

const readable = ['publicIPAddresses', 'publicIPPrefixes', 'natGateways', 'virtualNetworks'].flatMap((type): Route[] => [
  { method: 'GET', path: `${group}/${type}/{name}`, handle: read },
  {
    method: 'GET',
    path: `${group}/${type}`,
    handle: (call) => page(call, resourcesOf(call.world, `Microsoft.Network/${type}`, parseId(call.path).parent)),
  },
])

export const network: Provider = {
  namespace: 'Microsoft.Network',
  routes: [...readable, { method: 'GET', path: `${group}/virtualNetworks/{network}/subnets/{name}`, handle: read }],
}
