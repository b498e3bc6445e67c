// One request to Azure or to a cluster, as telemetry reports it. URLs contain names and sometimes signatures, so only the path's template is
// reported: words that are the same for all resources of a type, and `{}` for everything else.

export type OutsideCall = {
  readonly method: string
  readonly host: string
  readonly path: string
  /** Absent if no answer came. */
  readonly status?: number
  readonly ms: number
}

/** `/subscriptions/…/storageAccounts/orders/listKeys` is `/subscriptions/{}/…/storageAccounts/{}/listKeys`. */
export function templateOf(path: string): string {
  const parts = path.split('/').slice(1)
  if (/^(api|apis)$/.test(parts[0] ?? '')) return ofKubernetes(parts)
  if (isWord(parts[0], 'subscriptions') || isWord(parts[0], 'providers')) return ofArm(parts)
  return '/{}'
}

/** The resource provider, in lower case because callers spell it in many ways: `microsoft.storage`; the last one for extension resources. */
export const providerOf = (path: string): string => {
  const names = [...path.matchAll(/\/providers\/([a-z0-9]+(?:\.[a-z0-9]+)+)(?=\/|$)/gi)]
  return names.at(-1)?.[1]?.toLowerCase() ?? 'microsoft.resources'
}

/** Types and names alternate; the alternation starts again at `providers`. */
function ofArm(parts: readonly string[]): string {
  let isName = false
  let isProvider = false
  const template = parts.map((part) => {
    if (isProvider) {
      isProvider = false
      return plain(part, /^[a-z0-9]+(\.[a-z0-9]+)+$/i)
    }
    if (isName) {
      isName = false
      return '{}'
    }
    isProvider = isWord(part, 'providers')
    isName = !isProvider
    return plain(part, /^[a-z]+$/i)
  })
  return `/${template.join('/')}`
}

/** `/api/v1/namespaces/{}/secrets/{}`, `/apis/{group}/{version}/…`, `/version`. */
function ofKubernetes(parts: readonly string[]): string {
  const fixed = parts[0] === 'api' ? 2 : 3
  const template = parts.map((part, at) =>
    at < fixed ? plain(part, /^[a-z0-9.]+$/) : (at - fixed) % 2 === 0 ? plain(part, /^[a-z]+$/) : '{}',
  )
  return `/${template.join('/')}`
}

const plain = (part: string, shape: RegExp): string => (part.length <= 60 && shape.test(part) ? part : '{}')
const isWord = (part: string | undefined, word: string): boolean => part?.toLowerCase() === word
