// Which of several types a linker means, where their ids look alike: accounts of Cognitive Services are told apart by their kind. Azure Service
// Connector's own clients name no type, so the resource is asked; one who names it (`targetType`, an addition of this app) is not waited for.
import { isRecord } from '../../errors/raw.ts'
import type { Connection } from '../../model/connection.ts'
import { parseResourceId, sameId } from '../../model/resource-id.ts'
import { targetTypesOf } from '../../model/target-place.ts'
import type { HandlerContext } from '../http/handler-context.ts'

/** The body with its `targetType`, if the resource tells it. Otherwise the body as it is, and its parser says what is missing. */
export async function withTargetType(
  body: unknown,
  before: Connection | undefined,
  { targets, typesOffered }: Pick<HandlerContext, 'targets' | 'typesOffered'>,
): Promise<unknown> {
  const properties = isRecord(body) && isRecord(body.properties) ? body.properties : undefined
  const id = isRecord(properties?.targetService) ? properties.targetService.id : undefined
  if (!isRecord(body) || !properties || typeof id !== 'string' || properties.targetType) return body
  const target = parseResourceId(id)
  const fitting = target ? targetTypesOf(target, targets) : []
  if (!target || fitting.length < 2) return body
  const known = before && sameId(before.targetId, target.id) ? [before.type] : await typesOffered(target.id)
  const targetType = known.find((one) => fitting.some(({ type }) => type === one))
  return targetType === undefined ? body : { ...body, properties: { ...properties, targetType } }
}
