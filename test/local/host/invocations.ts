// What the worker received and answered, in a form that two runs can be compared in: without times, generated ids and the order of what
// ran in parallel, and for orchestrators without how many events one episode happened to hold.

type Invocation = Record<string, unknown>
export type Inputs = { readonly invocations: Invocation[] }

const plain = (text: string): string =>
  text
    .replace(/<t[+-]\d+\|[^>]*>/g, '<t>')
    .replace(/<id-\d+>/g, '<id>')
    .replaceAll('<stack>', '')

/** Fields of the RPC messages that protobuf fills in by itself, and that the library does not read. */
const ofProtobuf = new Set(['identities', 'cookies', 'headers', 'params', 'query', 'statusCode', 'enableContentNegotiation', 'rawBody'])

const canonical = (value: unknown, insideHttp = false): unknown => {
  if (typeof value === 'string') return plain(value)
  if (Array.isArray(value)) return value.map((each) => canonical(each))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([key, inner]) => {
    if (key === 'at' || (insideHttp && ofProtobuf.has(key))) return false
    return !(key === 'string' && inner === 'value') && !(key === 'data' && inner === 'bytes') // which member of a union is set
  })
  const isHttpInput =
    'kind' in value &&
    value.kind === 'http' &&
    'value' in value &&
    typeof value.value === 'object' &&
    value.value !== null &&
    'url' in value.value
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner, isHttpInput && key === 'value')]).sort())
}

const historyOf = (invocation: Invocation): Invocation[] | undefined => {
  const input = (invocation['input'] as { parsed?: { history?: Invocation[] } }[] | undefined)?.[0]
  return input?.parsed?.history
}

/** Everything but orchestrators, and what every start of a host calls: as a sorted list per function. */
export const invocationsByKind = ({ invocations }: Inputs): Record<string, unknown[]> => {
  const kinds: Record<string, string[]> = {}
  for (const invocation of invocations) {
    const name = String(invocation['function'])
    if (historyOf(invocation) !== undefined || name === 'timerAtStartup' || name === 'ping') continue
    kinds[name] = [...(kinds[name] ?? []), JSON.stringify(canonical(invocation))].sort()
  }
  return Object.fromEntries(Object.entries(kinds).map(([name, list]) => [name, list.map((each) => JSON.parse(each) as unknown)]))
}

const orchestratorStarted = 12
const orchestratorCompleted = 13

/** The last episode of each instance, with its history as a sorted list. */
export const episodes = ({ invocations }: Inputs): Record<string, unknown> => {
  const last: Record<string, unknown> = {}
  for (const invocation of invocations) {
    const history = historyOf(invocation)
    if (history === undefined) continue
    const id = plain((invocation['triggerMetadata'] as { instanceId?: { value?: string } }).instanceId?.value ?? '')
    const input = (invocation['input'] as { parsed: Invocation }[])[0]?.parsed ?? {}
    const events = history
      .filter(({ EventType }) => EventType !== orchestratorStarted && EventType !== orchestratorCompleted)
      .map(({ IsPlayed: _played, ...event }) => JSON.stringify(canonical(event)))
      .sort()
    const { history: _history, isReplaying: _replaying, ...rest } = input
    const { returnValue, thrown } = invocation
    last[id] = canonical({
      history: events,
      ...rest,
      returnValue,
      thrown,
      metadata: Object.keys(invocation['triggerMetadata'] ?? {})
        .sort()
        .filter((key) => key !== 'isReplaying'),
    })
  }
  return last
}
