// The types that a resource offers, read when a caller asks: callers' own share of ARM's budget pays for it.
import { Failure } from './errors/failure.ts'
import type { HandlerContext } from './functions/handler-context.ts'
import { resourceId } from './model/resource-id.ts'
import type { Arm } from './ports/ports.ts'
import { resourceOf } from './targets/catalogue.ts'

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
