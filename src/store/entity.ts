// How rows become table entities. Table Storage allows 64 KiB per property and 1 MiB per entity, so long JSON is split; times are ISO text, because
// 64-bit numbers are awkward in filters. https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
const piece = 30_000

export type Entity = { partitionKey: string; rowKey: string; etag?: string; [property: string]: unknown }

/** Properties that hold `value` as JSON: `name`, `name_1`, `name_2` … */
export function pack(name: string, value: unknown): Record<string, string> {
  const text = JSON.stringify(value)
  const properties: Record<string, string> = {}
  for (let start = 0, index = 0; start < text.length || index === 0; start += piece, index++)
    properties[index === 0 ? name : `${name}_${index}`] = text.slice(start, start + piece)
  return properties
}

export function unpack<T>(entity: Entity, name: string): T | undefined {
  let text = entity[name]
  if (typeof text !== 'string') return undefined
  for (let index = 1; typeof entity[`${name}_${index}`] === 'string'; index++) text += entity[`${name}_${index}`] as string
  return JSON.parse(text as string) as T
}

export const timeText = (ms: number): string => new Date(ms).toISOString()
export const timeOf = (entity: Entity, name: string): number => Date.parse(String(entity[name]))

/** Properties that not every row has. */
export const optionalTimeText = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timeText(ms))
export const optionalTimeOf = (entity: Entity, name: string): number | undefined =>
  entity[name] === undefined ? undefined : timeOf(entity, name)
export const optionalText = (entity: Entity, name: string): string | undefined =>
  entity[name] === undefined ? undefined : String(entity[name])
