// Microsoft.Network, as far as ways out and in need it: public addresses and prefixes, NAT gateways, subnets. They come with the fleet, or AKS makes
// them. All are only to read, but for subnets, which a person gives service endpoints.

import * as z from 'zod'
import type { CloudResponse } from '../http.ts'
import { publicAddress } from './egress.ts'
import { resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import { type Call, fleetType, objectOf, type Provider, page, type Route } from './provider.ts'
import { findResource, putResource, resourcesOf } from './resources.ts'

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

/** A PUT replaces all properties. Azure says by itself where an endpoint reaches: of storage the own region and its pair. */
function putSubnet(call: Call): CloudResponse {
  const found = findResource(call.world, call.path)
  if (!found) return read(call)
  const asked = objectOf(call.body['properties'])
  const endpoints = Array.isArray(asked['serviceEndpoints']) ? asked['serviceEndpoints'].map(objectOf) : []
  const serviceEndpoints = endpoints.map(({ service, locations }) => ({
    service,
    locations: locations ?? (service === 'Microsoft.Storage' ? [found.location, ...(pairs[found.location] ?? [])] : ['*']),
    provisioningState: 'Succeeded',
  }))
  const body = { ...found, properties: { ...asked, serviceEndpoints, provisioningState: 'Succeeded' } }
  putResource(call.world, body)
  return { status: 200, body }
}

/** https://learn.microsoft.com/azure/reliability/regions-paired */
const pairs: Readonly<Record<string, readonly string[]>> = { westeurope: ['northeurope'], northeurope: ['westeurope'] }

const subnet = `${group}/virtualNetworks/{network}/subnets/{name}`

/** Without properties it gets an address of its own. */
const address = fleetType(
  'Microsoft.Network/publicIPAddresses',
  z.looseObject({ id: z.string(), location: z.string(), properties: z.record(z.string(), z.unknown()).default({}) }),
  (world, entry) => {
    const made = publicAddress(world, entry.id, entry.location)
    return { ...entry, ...made, properties: { ...made.properties, ...entry.properties } }
  },
)

export const network: Provider = {
  namespace: 'Microsoft.Network',
  fleetTypes: [address],
  routes: [...readable, { method: 'GET', path: subnet, handle: read }, { method: 'PUT', path: subnet, handle: putSubnet }],
}
