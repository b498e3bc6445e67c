// The service endpoints of the subnets from which pods connect: through them a target sees private addresses, and IP rules have no effect. Subnets
// that may not be read are unknown, and left out.

import * as z from 'zod'
import { Failure } from '../../errors/failure.ts'
import { inShape } from '../../model/answer-shape.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import { parseResourceId } from '../../model/resource-id.ts'
import type { Reader } from './outbound-addresses.ts'

const subnetSchema = z.looseObject({
  serviceEndpoints: z.array(z.looseObject({ service: z.string(), locations: z.array(z.string()).nullish() })).nullish(),
})

export async function endpointsIn(subnets: readonly string[], read: Reader): Promise<ClusterFacts['endpoints']> {
  const own = subnets.filter((id) => parseResourceId(id)?.type === 'microsoft.network/virtualnetworks/subnets')
  const found = await Promise.all(own.map(async (id) => [id, await endpointsOf(id, read)] as const))
  const known = found.filter((entry): entry is readonly [string, readonly string[]] => entry[1] !== undefined)
  return known.length > 0 ? Object.fromEntries(known) : undefined
}

async function endpointsOf(subnet: string, read: Reader): Promise<readonly string[] | undefined> {
  try {
    const properties = await read(subnet)
    if (!properties) return undefined
    const endpoints = inShape(subnetSchema, properties).serviceEndpoints ?? []
    return endpoints.flatMap(({ service, locations }) => (locations?.length ? locations : ['*']).map((at) => `${service}@${at}`)).sort()
  } catch (error) {
    if (error instanceof Failure && error.fields.class === 'permission') return undefined
    throw error
  }
}
