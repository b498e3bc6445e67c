// What can go wrong with a call, as the service in question would say it. Each kind says which calls it can befall.
import { permissionOf } from '../../src/local/cloud/arm/routing.ts'
import type { FaultRule } from '../../src/local/cloud/faults.ts'
import type { CloudResponse } from '../../src/local/cloud/http.ts'
import type { Template } from './calls.ts'

export type Kind = {
  readonly name: string
  readonly befalls: (call: Template) => boolean
  readonly answer: (call: Template) => FaultRule['answer']
  /** How many calls in a row; for ever if left out. */
  readonly times?: number
  /** It must be told, as this code, until it is lifted. */
  readonly told?: (call: Template, after: number) => RegExp | undefined
}

const isWrite = ({ method }: Template): boolean => method !== 'GET'
const outside = ({ service }: Template): boolean => service !== 'storage'
const arm = ({ service }: Template): boolean => service === 'arm'

const armError = (code: string, message: string) => ({ error: { code, message } })
const flat = (code: string, message: string) => ({ code, message, details: null, subcode: '' })
const kubernetesStatus = (code: number, reason: string, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
})
const tableError = (code: string, message: string) => ({ 'odata.error': { code, message: { lang: 'en-US', value: message } } })

/** The same refusal in each service's own words. */
function refusal(status: number, reason: string, message: string, headers: Readonly<Record<string, string>> = {}) {
  return ({ service, path }: Template) => {
    if (service === 'kubernetes') return { status, headers, body: kubernetesStatus(status, reason, message) }
    if (service === 'storage')
      return { status, headers: { ...headers, 'content-type': 'application/json' }, body: tableError(reason, message) }
    if (status === 409)
      return /managedClusters\/[^/]+$/i.test(path)
        ? {
            status,
            body: flat(
              'OperationNotAllowed',
              "Operation is not allowed because there's an in progress update managed cluster operation. Please wait for it to finish before starting a new operation.",
            ),
          }
        : { status, body: armError('AnotherOperationInProgress', 'Another operation on this or a dependent resource is in progress.') }
    return { status, headers, body: armError(reason, message) }
  }
}

function forbidden(call: Template) {
  if (call.service === 'kubernetes') {
    const { verb, resource, namespace } = kubernetesRight(call)
    const message = `${resource} is forbidden: User "the-app" cannot ${verb} resource "${resource}" in API group "" in the namespace "${namespace}"`
    return { status: 403, body: kubernetesStatus(403, 'Forbidden', message) }
  }
  const { action, scope } = permissionOf(call.method, call.path)
  const message = `The client 'a' with object id 'b' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`
  return { status: 403, body: armError('AuthorizationFailed', message) }
}

function kubernetesRight({ method, path }: Template) {
  // The API server says "namespaces" of the namespace itself.
  const [, namespace = '', resource = 'namespaces'] = /\/namespaces\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? []
  const verbs: Readonly<Record<string, string>> = { GET: 'get', PATCH: 'patch', DELETE: 'delete' }
  return { verb: verbs[method] ?? method, resource, namespace }
}

/** The problem that names the right: in an ARM id the case of letters means nothing. */
function rightMissing(call: Template, after: number): RegExp | undefined {
  // A namespace that was there a moment ago is not read for its own sake: what needs it tells its own right (observe-namespace.ts).
  if (after > 0 && /^\/api\/v1\/namespaces\/[^/]+$/.test(call.path)) return undefined
  // Events are advisory, and most clusters give no right for them: without them everything else has to come out the same.
  if (call.service === 'kubernetes' && /\/events(\/|$)/.test(call.path)) return undefined
  const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  if (call.service === 'kubernetes') {
    const { verb, resource, namespace } = kubernetesRight(call)
    return new RegExp(`KubernetesRightMissing[^}]*${verb}[^}]*${resource}[^}]*${escaped(namespace)}`, 'i')
  }
  const { action, scope } = permissionOf(call.method, call.path)
  // The way out has a problem of its own, which also says what else can be done.
  return new RegExp(`(RightMissing|UnreadableEgress)[^}]*${escaped(action)}[^}]*${escaped(scope)}`, 'i')
}

/** What a gateway, a captive portal or a service that is unwell says in place of an answer: it must prove nothing. */
export const strangeAnswers: readonly { readonly name: string; readonly answer: CloudResponse }[] = [
  { name: '200 without a body', answer: { status: 200, body: '' } },
  { name: '200 {}', answer: { status: 200, body: {} } },
  { name: '200 null', answer: { status: 200, headers: { 'content-type': 'application/json' }, body: 'null' } },
  { name: '200 with a list', answer: { status: 200, headers: { 'content-type': 'application/json' }, body: '[]' } },
  { name: '200 with text', answer: { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' } },
  {
    name: "200 with a portal's page",
    answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in to the network</html>' },
  },
  { name: '302 to another host', answer: { status: 302, headers: { location: 'https://portal.example/' }, body: '' } },
  { name: '404 of a gateway', answer: { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>404 Not Found</html>' } },
  { name: '404 without a reason', answer: { status: 404, body: {} } },
]

export const kinds: readonly Kind[] = [
  ...strangeAnswers.map(({ name, answer }): Kind => ({ name, times: 2, befalls: outside, answer: () => answer })),
  {
    name: '429 with Retry-After',
    times: 2,
    befalls: outside,
    answer: refusal(429, 'TooManyRequests', 'Too many requests.', { 'retry-after': '17' }),
  },
  { name: '500', times: 2, befalls: outside, answer: refusal(500, 'InternalServerError', 'Encountered an internal server error.') },
  { name: '503', times: 2, befalls: outside, answer: refusal(503, 'ServiceUnavailable', 'The service is unavailable.') },
  {
    name: '409 busy',
    times: 2,
    befalls: (call) => outside(call) && isWrite(call),
    answer: refusal(409, 'Conflict', 'The object has been modified; please apply your changes to the latest version and try again'),
  },
  {
    name: '412',
    times: 2,
    befalls: (call) => outside(call) && isWrite(call),
    answer: refusal(412, 'PreconditionFailed', 'The precondition was not met.'),
  },
  { name: 'connection reset', times: 2, befalls: outside, answer: () => 'reset' },
  { name: 'timeout', times: 1, befalls: outside, answer: () => 'timeout' },
  { name: 'answer lost after the effect', times: 2, befalls: outside, answer: () => 'lost-after-effect' },
  {
    name: 'operation failed',
    times: 1,
    befalls: ({ starts }) => starts,
    answer: () => ({
      operation: { status: 'Failed', error: { code: 'InternalOperationError', message: 'Internal server error' }, after: 20_000 },
    }),
  },
  {
    name: 'operation preempted',
    times: 1,
    befalls: ({ starts }) => starts,
    answer: () => ({
      operation: {
        error: { code: 'AKSOperationPreempted', message: 'This operation has been preempted by another operation with ID 1' },
        after: 20_000,
      },
    }),
  },
  {
    name: 'silent no-op',
    times: 2,
    befalls: (call) => arm(call) && /^(PUT|PATCH|DELETE)$/.test(call.method),
    answer: () => 'silent-no-op',
  },
  { name: '403 that goes away', times: 3, befalls: outside, answer: forbidden },
  { name: '403 that stays', befalls: outside, answer: forbidden, told: rightMissing },
]

/** Of the app's own table; the n-th call of a kind. The SDK tries some of them again by itself: more than that have to fail. */
export const tableKinds: readonly Kind[] = [
  ...strangeAnswers.map(({ name, answer }): Kind => ({ name, times: 1, befalls: () => true, answer: () => answer })),
  { name: '500', times: 3, befalls: () => true, answer: refusal(500, 'InternalError', 'The server encountered an internal error.') },
  { name: '503', times: 3, befalls: () => true, answer: refusal(503, 'ServerBusy', 'The server is busy.') },
  { name: '409', times: 1, befalls: isWrite, answer: refusal(409, 'EntityAlreadyExists', 'The specified entity already exists.') },
  {
    name: '412',
    times: 1,
    befalls: isWrite,
    answer: refusal(412, 'UpdateConditionNotSatisfied', 'The update condition was not satisfied.'),
  },
  { name: 'connection reset', times: 3, befalls: () => true, answer: () => 'reset' },
  { name: 'answer lost after the effect', times: 1, befalls: isWrite, answer: () => 'lost-after-effect' },
]
