// The client of one API server: @kubernetes/client-node makes the requests and reads the answers, one undici dispatcher sends them.
//
// Surprising: client-node's own KubeConfig is not used. It makes a new agent for every call if a certificate authority is given, which on AKS is
// always, has no time limit, and ignores HTTPS_PROXY (https://github.com/kubernetes-client/javascript/issues/2893).
import type { TokenCredential } from '@azure/core-auth'
import { checkRefusal, type Json, readAnswer } from '../errors/answer.ts'
import { Failure } from '../errors/failure.ts'
import type { OutsideCall } from '../model/outside-call.ts'
import type { Server } from './kubeconfig.ts'
import {
  ApiException,
  ApisApi,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  createConfiguration,
  EnvHttpProxyAgent,
  RbacAuthorizationV1Api,
  RequestContext,
  ResponseContext,
  request,
  SelfDecodingBody,
  ServerConfiguration,
  wrapHttpLibrary,
} from './sdk.ts'
import { kubernetesShape } from './shapes.ts'

export type ProxyEnvironment = { readonly HTTPS_PROXY?: string | undefined; readonly NO_PROXY?: string | undefined }

export type ClientOptions = {
  readonly server: Server
  readonly credential: TokenCredential
  readonly proxy?: ProxyEnvironment
  readonly timeoutMs?: number
  /** Called if no answer came, or one that its certificate does not vouch for. */
  readonly onBroken?: () => void
  /** Called for every request, answered or failed. */
  readonly onCall?: (call: OutsideCall) => void
}

/** `accept`, `type`: the media types of answer and body, JSON without. */
type Asking = {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly accept?: string
  readonly type?: string
}

export type ClusterClient = {
  /** Any path, for kinds that the client has no method for, or in which only a part of the object matters. Throws as the client's own methods do. */
  ask(method: 'GET' | 'PATCH' | 'POST' | 'DELETE', path: string, options?: Asking): Promise<Json>
  readonly core: CoreV1Api
  readonly batch: BatchV1Api
  readonly authorization: AuthorizationV1Api
  readonly rbac: RbacAuthorizationV1Api
  readonly custom: CustomObjectsApi
  readonly apis: ApisApi
  close(): Promise<void>
}

/** AKS's server application in Entra, the same in every tenant. https://learn.microsoft.com/azure/aks/kubelogin-authentication */
const scope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default'
/** A page of 500 objects without values has about 1 MB. */
const largestAnswer = 16 * 1024 * 1024

/** Throws `Failure` for an answer that does not come from an API server. */
function check(method: string, path: string, status: number, bytes: Buffer): void {
  const answered = { status, text: bytes.toString(), doing: `ask the API server to ${method.toLowerCase()} ${path}` }
  if (status < 200 || status >= 300) checkRefusal(answered)
  else {
    const shape = kubernetesShape(method, path)
    if (shape) readAnswer(answered, shape)
  }
}

export function clusterClient({ server, credential, proxy = {}, timeoutMs = 15_000, onBroken, onCall }: ClientOptions): ClusterClient {
  const tls = { ca: server.ca, timeout: timeoutMs, allowH2: false }
  const dispatcher = new EnvHttpProxyAgent({
    httpsProxy: proxy.HTTPS_PROXY ?? '',
    httpProxy: '',
    noProxy: proxy.NO_PROXY ?? '',
    connect: tls,
    requestTls: tls,
    allowH2: false,
    connections: 4, // requests of a whole fan-out share them; an API server counts connections, too
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: largestAnswer,
  })

  const token = async (signal: AbortSignal): Promise<string> => {
    const found = await credential.getToken(scope, { abortSignal: signal })
    if (!found) throw Object.assign(new Error('There is no token'), { name: 'CredentialUnavailableError' })
    return found.token
  }

  const sendOnce = async (context: RequestContext, bearer: string, signal: AbortSignal): Promise<ResponseContext> => {
    const { host, pathname: path } = new URL(context.getUrl())
    const began = performance.now()
    const call = () => ({ method: context.getHttpMethod(), host, path, ms: performance.now() - began })
    try {
      const { statusCode, headers, body } = await request(context.getUrl(), {
        method: context.getHttpMethod(),
        headers: { ...context.getHeaders(), Authorization: `Bearer ${bearer}`, 'User-Agent': 'aks-service-connector' },
        body: (context.getBody() as string | undefined) ?? null,
        dispatcher,
        signal,
      })
      const bytes = Buffer.from(await body.arrayBuffer())
      onCall?.({ ...call(), status: statusCode })
      check(context.getHttpMethod(), path, statusCode, bytes)
      const flat = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
      return new ResponseContext(
        statusCode,
        Object.fromEntries(flat) as Record<string, string>,
        new SelfDecodingBody(Promise.resolve(bytes)),
      )
    } catch (error) {
      // Whatever answers in place of the API server may go on doing so: the client is rebuilt, as after a broken connection.
      onBroken?.()
      if (!(error instanceof Failure)) onCall?.(call())
      throw error
    }
  }

  async function send(context: RequestContext): Promise<ResponseContext> {
    const signal = AbortSignal.timeout(timeoutMs)
    const first = await token(signal)
    const answer = await sendOnce(context, first, signal)
    if (answer.httpStatusCode !== 401) return answer
    const second = await token(signal) // the first one may have run out on the way
    return second === first ? answer : sendOnce(context, second, signal)
  }

  async function ask(method: 'GET' | 'PATCH' | 'POST' | 'DELETE', path: string, options: Asking = {}): Promise<Json> {
    const { query = {}, body, accept = 'application/json', type = 'application/json' } = options
    const context = new RequestContext(`${server.url}${path}`, method)
    for (const [name, value] of Object.entries(query)) context.setQueryParam(name, value)
    context.setHeaderParam('Accept', accept)
    if (body) {
      context.setHeaderParam('Content-Type', type)
      context.setBody(JSON.stringify(body))
    }
    const answer = await send(context)
    const text = await answer.body.text()
    const { httpStatusCode: status, headers } = answer
    if (status < 200 || status >= 300) throw new ApiException(status, `${method} ${path} was refused`, text, headers)
    return readAnswer({ status, text, doing: `ask the API server to ${method.toLowerCase()} ${path}` })
  }

  const configuration = createConfiguration({ baseServer: new ServerConfiguration(server.url, {}), httpApi: wrapHttpLibrary({ send }) })
  return {
    ask,
    core: new CoreV1Api(configuration),
    batch: new BatchV1Api(configuration),
    authorization: new AuthorizationV1Api(configuration),
    rbac: new RbacAuthorizationV1Api(configuration),
    custom: new CustomObjectsApi(configuration),
    apis: new ApisApi(configuration),
    close: () => dispatcher.close(),
  }
}
