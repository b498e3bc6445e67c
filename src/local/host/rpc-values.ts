// The values that cross the border between host and worker (RpcTypedData of the Functions RPC protocol), and how .NET writes them.
// https://github.com/Azure/azure-functions-language-worker-protobuf

export type RpcHttp = {
  readonly statusCode?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly RpcCookie[]
  readonly body?: RpcValue | null
  readonly [key: string]: unknown
}
export type RpcCookie = { readonly name: string; readonly value: string; readonly [attribute: string]: unknown }

export type RpcValue = {
  readonly string?: string
  readonly json?: string
  readonly bytes?: Uint8Array
  readonly int?: number
  readonly double?: number
  readonly http?: RpcHttp
}

const int64 = { max: 2n ** 63n - 1n, min: -(2n ** 63n) }

/** An integer as Int64 holds it: anything larger is cut to the limit (seen on a real host). */
const asInt64 = (value: number): string => {
  const whole = BigInt(value)
  return String(whole > int64.max ? int64.max : whole < int64.min ? int64.min : whole)
}

/** Newtonsoft.Json takes `$type` as a type hint and drops it from data. */
export const withoutTypeHints = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutTypeHints)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (key === '$type' ? [] : [[key, withoutTypeHints(inner)]])))
}

/** What a function returned, as JSON text: what an activity's result looks like in the history. Nothing stays nothing. */
export const returnedJson = (value: RpcValue | null | undefined): string | null => {
  if (value === null || value === undefined) return null
  if (value.string !== undefined) return JSON.stringify(value.string)
  if (value.json !== undefined) return JSON.stringify(withoutTypeHints(JSON.parse(value.json)) ?? null)
  if (value.int !== undefined) return asInt64(value.int)
  if (value.double !== undefined) return JSON.stringify(value.double)
  if (value.bytes !== undefined) return JSON.stringify(Buffer.from(value.bytes).toString('base64'))
  return null
}

/** Data handed to a function, from JSON text. Text goes as it is, a boolean as .NET writes it, null as nothing at all. */
export const inputValue = (json: string): RpcValue => {
  const value: unknown = JSON.parse(json)
  if (value === null) return {}
  if (typeof value === 'string') return { string: value }
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' }
  return { string: json }
}

/** One entry of the trigger metadata: plain text and numbers as text, structures as JSON. */
export const metadataValue = (value: unknown): RpcValue => {
  if (value === null || value === undefined) return {}
  if (typeof value === 'object') return { json: JSON.stringify(value) }
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' }
  return { string: String(value) }
}
