// What a resource is, read when a caller asks: the types that it offers, where it is, its tags. Callers' own share of ARM's budget pays for it.
import * as z from 'zod'
import { Failure } from './errors/failure.ts'
import type { HandlerContext } from './functions/http/handler-context.ts'
import { resourceId } from './model/resource-id.ts'
import type { Arm } from './ports/azure.ts'
import { resourceOf } from './targets/catalogue.ts'

/** Every tracked resource has both: https://learn.microsoft.com/rest/api/resources/resources/get-by-id */
const placeSchema = z.looseObject({ location: z.string(), tags: z.record(z.string(), z.string()).nullish() })

/** Nothing where it cannot be read: then the caller has to name the type. */
export const typesOfferedBy =
  (arm: Arm): HandlerContext['typesOffered'] =>
  async (id) => {
    const resource = resourceOf(resourceId(id).type)
    try {
      const body = resource && (await arm.get(id, resource.apiVersion))
      return body ? Object.keys(resource.read(body).services) : []
    } catch (error) {
      if (error instanceof Failure) return []
      throw error
    }
  }

export const placeReadBy =
  (arm: Arm): HandlerContext['placeOf'] =>
  async (id) => {
    const resource = resourceOf(resourceId(id).type)
    if (!resource) return 'unknown'
    try {
      const body = await arm.get(id, resource.apiVersion)
      return body && placeSchema.transform(({ location, tags }) => ({ id, location, tags: tags ?? {} })).parse(body)
    } catch (error) {
      if (error instanceof Failure || error instanceof z.ZodError) return 'unknown'
      throw error
    }
  }
