// Microsoft.Insights/components: the smallest provider, and the one to copy for another (../README.md). What a provider is for: to check a body as the
// real one does, to make what ARM answers from it, and to say what is surprising and where that is known from.
//
// Surprising here: id and type come back with the namespace in lower case, properties are in PascalCase beside a camelCase provisioningState, and
// TenantId is the subscription, the etag stands in the body. Recorded by azure-service-operator's tests (https://github.com/Azure/azure-service-operator).
// https://learn.microsoft.com/rest/api/application-insights/components

import * as z from 'zod'
import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { refuse, resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import { type Call, fleetType, objectOf, type Provider, page, tagsOf, textOf } from './provider.ts'
import { findResource, putResource, type Resource, removeResource, resourcesOf } from './resources.ts'

const type = 'Microsoft.Insights/components'
const list = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}`
const path = `${list}/{name}`

/** A fleet says `{ id, location }`, and more where it matters. */
const described = z.strictObject({
  id: z.string(),
  location: z.string(),
  applicationType: z.enum(['web', 'other']).default('web'),
  localAuth: z.boolean().default(true),
  network: z.enum(['open', 'closed']).default('open'),
  allow: z.array(z.string()).max(0).default([]),
})

function made(world: World, id: string, location: string, applicationType: string): Resource {
  const { subscription, group, name = '' } = parseId(id)
  const key = world.uuid()
  const ingestion = `https://${location}-1.in.applicationinsights.azure.com/`
  return {
    id: `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type.toLowerCase()}/${name}`,
    name,
    type: type.toLowerCase(),
    location,
    tags: {},
    kind: 'web',
    etag: `"${world.uuid()}"`,
    properties: {
      ApplicationId: name,
      AppId: world.uuid(),
      Application_Type: applicationType,
      Flow_Type: null,
      Request_Source: null,
      InstrumentationKey: key,
      ConnectionString: `InstrumentationKey=${key};IngestionEndpoint=${ingestion};LiveEndpoint=https://${location}.livediagnostics.monitor.azure.com/`,
      Name: name,
      CreationDate: new Date(world.clock.now()).toISOString(),
      TenantId: subscription,
      provisioningState: 'Succeeded',
      SamplingPercentage: null,
      RetentionInDays: 90,
      IngestionMode: 'ApplicationInsights',
      publicNetworkAccessForIngestion: 'Enabled',
      publicNetworkAccessForQuery: 'Enabled',
      Ver: 'v2',
    },
  }
}

function existing(call: Call): Resource {
  const found = findResource(call.world, call.path)
  if (!found) throw resourceNotFound(type, call.parameters['name'] ?? '', call.parameters['group'] ?? '')
  return found
}

/** Synchronous, and 200 also where it is new. */
function put(call: Call): CloudResponse {
  const location = textOf(call.body['location'])
  if (!location) throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
  const asked = objectOf(call.body['properties'])
  const before = findResource(call.world, call.path) ?? made(call.world, call.path, location, textOf(asked['Application_Type']) ?? 'web')
  const { RetentionInDays: days } = asked
  const retention = days === undefined ? {} : { Retention: `P${days}D` }
  const after = {
    ...before,
    etag: `"${call.world.uuid()}"`,
    tags: tagsOf(call.body) ?? {},
    properties: { ...before.properties, ...asked, ...retention },
  }
  putResource(call.world, after)
  return { status: 200, body: after }
}

function remove(call: Call): CloudResponse {
  const found = findResource(call.world, call.path)
  if (found) removeResource(call.world, found.id)
  return { status: found ? 200 : 204 }
}

export const components: Provider = {
  namespace: 'Microsoft.Insights',
  fleetTypes: [
    fleetType(type, described, (world, { id, location, applicationType, localAuth, network }) => {
      const component = made(world, id, location, applicationType)
      const publicNetworkAccessForIngestion = network === 'closed' ? 'Disabled' : 'Enabled'
      return { ...component, properties: { ...component.properties, DisableLocalAuth: !localAuth, publicNetworkAccessForIngestion } }
    }),
  ],
  routes: [
    { method: 'GET', path: list, handle: (call) => page(call, resourcesOf(call.world, type, parseId(call.path).parent)) },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: existing(call) }) },
    { method: 'PUT', path, handle: put },
    { method: 'DELETE', path, handle: remove },
  ],
}
