// The way to an API server, through the proxy and with the cluster's own certificate.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kubernetesFailure } from '../../src/kubernetes/failures.ts'
import { createAuthority } from '../../src/local/cloud/certificates.ts'
import { secret } from '../../src/model/secret.ts'
import { fqdn } from '../local/cloud/kubernetes/target.ts'
import { cluster } from './behaviours.ts'
import { type Behind, behindProxy, credentialOf } from './reached.ts'

let behind: Behind
beforeEach(async () => {
  behind = await behindProxy()
})
afterEach(() => behind.close())

const list = (client: ReturnType<Behind['client']>) => client.core.listNamespacedSecret({ namespace: 'default' })
const failure = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => new Error('It succeeded'),
    (thrown: unknown) => thrown,
  )
  return kubernetesFailure(error, { cluster, namespace: 'default', object: 'Secret default/s', doing: 'list Secrets' }).fields
}
const statusBody = (message: string, reason: string, code: number, details: object = {}) => ({
  status: code,
  headers: { 'content-type': 'application/json' },
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code, details },
})

describe('the client', () => {
  it('goes through the proxy as who it is, and says who asks', async () => {
    expect((await list(behind.client('admin'))).items).toEqual([])
    expect(behind.requests).toMatchObject([
      { method: 'GET', location: 'functions', headers: { authorization: 'Bearer admin', 'user-agent': 'aks-service-connector' } },
    ])
    expect(behind.requests[0]?.url.href).toBe(`https://${fqdn}/api/v1/namespaces/default/secrets`)
  })

  it('asks for a token of the AKS server application only', async () => {
    const scopes: unknown[] = []
    const credential = {
      getToken: async (scope: unknown) => {
        scopes.push(scope)
        return { token: 'admin', expiresOnTimestamp: 0 }
      },
    }
    await list(behind.client('admin', { credential }))
    expect(scopes).toEqual(['6dae42f8-4368-4678-94ff-3960e28e3630/.default'])
  })

  it('tries once more with a new token after 401, and not with the same', async () => {
    await list(behind.client('admin', { credential: credentialOf('run out', 'admin') }))
    expect(behind.requests.map((request) => request.headers['authorization'])).toEqual(['Bearer run out', 'Bearer admin'])
    expect(await failure(list(behind.client('admin', { credential: credentialOf('unknown') })))).toMatchObject({
      class: 'transient',
      code: 'KubernetesSignInRefused',
      status: 401,
    })
    expect(behind.requests).toHaveLength(3)
  })

  it('gives up when no answer comes in time', async () => {
    behind.answer = 'silent'
    const broken: string[] = []
    const slow = behind.client('admin', { timeoutMs: 200, onBroken: () => broken.push('broken') })
    expect(await failure(list(slow))).toMatchObject({ class: 'transient', code: 'KubernetesUnreachable', about: { cluster: 'c1' } })
    expect(broken).toEqual(['broken'])
  })

  it('tells a cut connection, a missing host and a wrong certificate from a refusal', async () => {
    behind.answer = 'broken'
    expect(await failure(list(behind.client('admin')))).toMatchObject({ class: 'transient', code: 'KubernetesUnreachable' })
    behind.answer = undefined
    const { pem } = await createAuthority('another')
    const other = { url: `https://${fqdn}`, ca: pem }
    expect(await failure(list(behind.client('admin', { server: other })))).toMatchObject({ code: 'KubernetesUnreachable' })
    const gone = { url: 'https://gone.hcp.westeurope.azmk8s.io', ca: pem }
    expect(await failure(list(behind.client('admin', { server: gone })))).toMatchObject({ code: 'KubernetesUnreachable' })
    expect(behind.requests).toHaveLength(1)
  })

  it('does not take an answer of any size', async () => {
    behind.answer = { status: 200, headers: { 'content-type': 'application/json' }, body: 'x'.repeat(17 * 1024 * 1024) }
    expect(await failure(list(behind.client('admin')))).toMatchObject({
      code: 'KubernetesUnreachable',
      about: { message: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' },
    })
  })

  it('says so when there is no token', async () => {
    const credential = {
      getToken: async () => {
        throw Object.assign(new Error('The managed identity endpoint is not available'), { name: 'CredentialUnavailableError' })
      },
    }
    expect(await failure(list(behind.client('admin', { credential })))).toMatchObject({ class: 'transient', code: 'NoToken' })
  })
})

describe('a refusal of the API server', () => {
  it.each([
    ['Conflict', statusBody('Operation cannot be fulfilled', 'Conflict', 409), { class: 'stale', code: 'Stale' }],
    ['an expired list', statusBody('too old', 'Expired', 410), { class: 'stale', code: 'Stale' }],
    [
      'a conflict of field managers',
      statusBody('Apply failed with 1 conflict', 'Conflict', 409, { causes: [{ reason: 'FieldManagerConflict' }] }),
      { class: 'manual', code: 'KubernetesConflict' },
    ],
    [
      'a quota',
      statusBody(
        'secrets "a" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=9, limited: secrets=9',
        'Forbidden',
        403,
      ),
      { class: 'manual', code: 'QuotaExceeded', about: { quota: 'q' } },
    ],
    [
      'an admission policy',
      statusBody('admission webhook "validation.gatekeeper.sh" denied the request: no', 'Forbidden', 403),
      { class: 'manual', code: 'AdmissionDenied', about: { webhook: 'validation.gatekeeper.sh' } },
    ],
    [
      'a webhook that is down',
      statusBody(
        'Internal error occurred: failed calling webhook "a.example": failed to call webhook: Post "https://a.svc:443/": connection refused',
        'InternalError',
        500,
      ),
      { class: 'transient', code: 'WebhookUnreachable', about: { webhook: 'a.example' } },
    ],
    [
      'an immutable Secret',
      statusBody('Secret "s" is invalid: data: Forbidden: field is immutable when `immutable` is set', 'Invalid', 422, {
        kind: 'Secret',
        name: 's',
      }),
      { class: 'manual', code: 'ImmutableObject', about: { kind: 'secret', name: 's' } },
    ],
    [
      'a right that Azure RBAC does not give',
      statusBody(
        'secrets is forbidden: User "5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10" cannot list resource "secrets" in API group "" in the namespace "default": User does not have access to the resource in Azure.',
        'Forbidden',
        403,
      ),
      {
        class: 'permission',
        code: 'KubernetesRightMissing',
        about: { principal: '5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10', verb: 'list', id: `${cluster.id}/namespaces/default` },
      },
    ],
    [
      'a right in the whole cluster',
      statusBody(
        'secrets is forbidden: User "5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10" cannot list resource "secrets" in API group "" at the cluster scope',
        'Forbidden',
        403,
      ),
      { class: 'permission', code: 'KubernetesRightMissing', about: { verb: 'list', resource: 'secrets' } },
    ],
    [
      'too many requests',
      { ...statusBody('slow down', 'TooManyRequests', 429), headers: { 'retry-after': '7', 'content-type': 'application/json' } },
      { class: 'throttled', retryAfterMs: 7000 },
    ],
    ['an error of its own', statusBody('etcdserver: request timed out', 'InternalError', 500), { class: 'transient', code: 'ServerError' }],
    ['a page of something in between', { status: 404, body: '<html>not here</html>' }, { class: 'transient', code: 'AnswerNotUnderstood' }],
  ])('is understood: %s', async (_, answer, fields) => {
    behind.answer = answer
    expect(await failure(list(behind.client('admin')))).toMatchObject(fields)
  })

  it('shows no token and no long text', async () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
    behind.answer = statusBody(`denied for ${token} ${'x'.repeat(2000)}`, 'Invalid', 422)
    const fields = await failure(list(behind.client('admin')))
    expect(JSON.stringify(fields)).not.toContain(token)
    expect(fields.about['message']?.length).toBeLessThanOrEqual(500)
  })

  it('repeats nothing of what was sent', async () => {
    const [value, other] = ['correct horse', 'ab']
    const encoded = Buffer.from(value).toString('base64')
    behind.answer = statusBody(`Invalid value: "${encoded}" or '${value}' of ab`, 'Invalid', 422)
    const error: unknown = await list(behind.client('admin')).catch((thrown: unknown) => thrown)
    const sent = secret({ KEY: value, SHORT: other })
    const { fields } = kubernetesFailure(error, { cluster, namespace: 'default', object: 'Secret a/b', doing: 'apply Secret a/b', sent })
    expect(fields.about['message']).toMatch(/^It answered 422 Invalid\. What else was said is not repeated/)
  })
})
