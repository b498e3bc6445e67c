// The shapes of Table Storage's answers: https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api. Anything that is not a list
// must not pass for an empty one: a loop without rows has nothing to do and no members, and would be forgotten.
import { isObject, type Shape } from '../errors/answer.ts'

const isEntity = (row: unknown): boolean => isObject(row) && typeof row['PartitionKey'] === 'string' && typeof row['RowKey'] === 'string'

/** `undefined`: a write, whose answer has no body to read. */
export function tableShape(method: string, { pathname }: URL): Shape | undefined {
  if (method !== 'GET') return undefined
  const [, partition, row] = /\(PartitionKey='(.*)',RowKey='(.*)'\)$/.exec(decodeURIComponent(pathname)) ?? []
  if (partition === undefined || row === undefined)
    return ({ value }) => (Array.isArray(value) && value.every(isEntity) ? undefined : 'it is not a list of rows')
  const isRequested = (answer: unknown, name: string, expected: string): boolean =>
    isObject(answer) && answer[name] === expected.replaceAll("''", "'")
  return (answer) =>
    isEntity(answer) && isRequested(answer, 'PartitionKey', partition) && isRequested(answer, 'RowKey', row)
      ? undefined
      : 'it is not the requested row'
}
