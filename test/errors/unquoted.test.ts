// Nothing that is told of a refusal depends on the secret that its author has seen, in whatever form it is repeated: two secrets, the same words.
// What does not depend on it cannot hold it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extensionCheck } from '../../src/azure/extension-diagnosis.ts'
import { extensionTransport } from '../../src/azure/extension-transport.ts'
import { operationFailed } from '../../src/contract/failures.ts'
import { failureOf } from '../../src/errors/classify.ts'
import { extensionRules } from '../../src/errors/extension-rules.ts'
import { Failure } from '../../src/errors/failure.ts'
import { kubernetesFailure } from '../../src/kubernetes/failures.ts'
import { ApiException } from '../../src/kubernetes/sdk.ts'
import { extensionOf, issueOf } from '../../src/model/extension.ts'
import { loop } from '../../src/model/loop.ts'
import { knownPhrases } from '../../src/model/phrases.ts'
import { secret } from '../../src/model/secret.ts'
import type { Arm } from '../../src/ports/azure.ts'
import { anEncoding, aSecret, surrounding } from './encodings.ts'

const cluster = loop(
  'cluster',
  '/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/c1',
)
const key = 'AZURE_STORAGEBLOB_CLIENTSECRET'
const fieldsOf = (error: unknown): string => {
  if (!(error instanceof Failure)) throw error
  return JSON.stringify(error.fields) + String(error)
}

/** `tell` says the same of both. */
const saysTheSame = async (tell: (value: string, form: (text: string) => string) => unknown, numRuns = 250): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(aSecret, aSecret, anEncoding, surrounding, async (one, other, { encode }, surround) => {
      const form = (value: string) => (text: string) => surround(text.replace('#', () => encode(value)))
      expect(await tell(one, form(one))).toEqual(await tell(other, form(other)))
    }),
    { numRuns },
  )
}

describe('a refusal of a Secret by an API server or a webhook', () => {
  const statuses = [400, 403, 404, 409, 413, 422, 429, 500, 503] as const
  const places = ['message', 'reason', 'cause', 'field', 'kind', 'name'] as const

  it.each(places)('tells nothing that depends on it, repeated in its %s', async (place) => {
    await saysTheSame((value, form) =>
      statuses.map((code) => {
        const at = (other: (typeof places)[number], otherwise: string): string => (place === other ? form('#') : otherwise)
        const body = {
          kind: 'Status',
          reason: at('reason', 'Invalid'),
          message: at('message', 'no'),
          code,
          details: {
            kind: at('kind', 'secrets'),
            name: at('name', 'x'),
            causes: [{ reason: 'FieldValueInvalid', message: at('cause', 'no'), field: at('field', `.data.${key}`) }],
          },
        }
        const about = { cluster, namespace: 'orders', object: 'Secret orders/x', doing: 'apply Secret orders/x' }
        return [secret({ [key]: value }), undefined].map((sent) =>
          fieldsOf(kubernetesFailure(new ApiException(code, 'x', JSON.stringify(body), {}), { ...about, sent })),
        )
      }),
    )
  })

  it.each([
    ['its namespace', 'orders'],
    ['its verb', 'patch'],
    ['its resource', 'secrets'],
    ['who asked', '5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10'],
  ])('is a missing right also where %s is part of the value', (_, part) => {
    const message =
      'secrets "x" is forbidden: User "5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10" cannot patch resource "secrets" in API group "" in the namespace "orders"'
    const { fields } = kubernetesFailure(
      new ApiException(403, 'x', JSON.stringify({ kind: 'Status', reason: 'Forbidden', code: 403, message }), {}),
      { cluster, namespace: 'orders', object: 'Secret orders/x', doing: 'apply it', sent: secret({ [key]: `AccountName=${part};` }) },
    )
    expect(fields).toMatchObject({ code: 'KubernetesRightMissing', about: { verb: 'patch', resource: 'secrets', namespace: 'orders' } })
    expect(fields.about['principal']).toBe(part.includes('-') ? undefined : '5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10')
  })

  it('is of the same kind whether the text after its words for a quota begins with a space or not', () => {
    const kinds = ['hunter2', ' hunter2'].map((value) => {
      const body = { kind: 'Status', reason: 'Forbidden', code: 403, message: `exceeded quota: ${value}` }
      const about = { cluster, namespace: 'orders', object: 'Secret orders/x', doing: 'apply it', sent: secret({ [key]: value }) }
      return fieldsOf(kubernetesFailure(new ApiException(403, 'x', JSON.stringify(body), {}), about))
    })
    expect(kinds[1]).toBe(kinds[0])
  })

  it('tells nothing that depends on it where the answer is no JSON', async () => {
    await saysTheSame((value, form) =>
      fieldsOf(
        kubernetesFailure(new ApiException(400, 'x', form('#'), {}), {
          cluster,
          namespace: 'orders',
          object: 'Secret orders/x',
          doing: 'apply it',
          sent: secret({ [key]: value }),
        }),
      ),
    )
  })

  it('still says who refused, how, and what of it is known', () => {
    const told = (message: string, causes: readonly object[] = []) => {
      const body = { kind: 'Status', reason: 'Invalid', code: 422, message, details: { causes } }
      return kubernetesFailure(new ApiException(422, 'x', JSON.stringify(body), {}), {
        cluster,
        namespace: 'orders',
        object: 'Secret orders/x',
        doing: 'apply it',
        sent: secret({ [key]: 'Abc8Q~value' }),
      }).fields.about['message']
    }
    expect(told('admission webhook "scan.policies.example" denied the request: Abc8Q~value is bad')).toMatch(
      /^It answered 422 Invalid; the admission webhook scan\.policies\.example denied it\./,
    )
    expect(told('Secret "x" is invalid: data: Forbidden: field is immutable when `immutable` is set')).toContain(
      'field is immutable when `immutable` is set',
    )
    expect(told('secrets "x" is forbidden: exceeded quota: q')).toContain('exceeded quota')
    expect(told('no', [{ field: `.data.${key}`, message: 'conflict with "kubectl-edit"' }])).toContain(`key ${key} managed by kubectl-edit`)
  })
})

describe('the extension, Helm and its job', () => {
  const object = {
    kind: 'Secret',
    id: 'x',
    summary: 'Secret x',
    cluster,
    clusterUid: 'u',
    namespace: 'orders',
    name: 'x',
    owner: 'k',
  } as const
  const own = { properties: { extensionType: 'microsoft.servicelinker.connection', provisioningState: 'Succeeded' } }
  const failed = (message: string) => ({
    properties: {
      extensionType: own.properties.extensionType,
      provisioningState: 'Failed',
      statuses: [{ code: message, level: 'Error', message, time: message }],
    },
  })

  it('are told of in words that do not depend on it, where the order is refused', async () => {
    await saysTheSame(async (value, form) => {
      const refuse = () =>
        Promise.reject(
          failureOf({
            status: 400,
            body: { error: { code: form('#'), message: form('#'), details: [{ code: form('#'), message: form('#') }] } },
            doing: 'put it',
          }),
        )
      const arm = { get: async () => own, put: refuse } as unknown as Arm
      const content = { kind: 'Secret', namespace: 'orders', name: 'x', data: secret({ [key]: value }) } as const
      return await extensionTransport(
        arm,
        cluster,
        'main',
        () => 0,
        async () => [],
      )
        .apply(object, content, { id: 'x', state: 'absent' })
        .catch(fieldsOf)
      // each order has a slow digest of its own
    }, 25)
  })

  it('are told of in words that do not depend on it, where the operation or the extension fails', async () => {
    await saysTheSame(async (_value, form) => {
      const body = failed(form('#'))
      const arm = { get: async () => body } as unknown as Arm
      const observed = await extensionTransport(
        arm,
        cluster,
        'main',
        () => 0,
        async () => [],
      ).observe([{ ...object }], new Map(), new Set(['x']))
      return [
        fieldsOf(operationFailed({ what: 'hand over', sawSecret: true }, { code: form('#'), message: form('#') })),
        issueOf(extensionOf(body)),
        observed,
        await extensionCheck(arm, cluster.id),
      ]
    })
  })

  it('have lines of a log that do not depend on it', async () => {
    await saysTheSame((_value, form) => knownPhrases(form('#'), ['orders']))
  })

  it('are known by the same rules afterwards', () => {
    const texts = [
      'node pools in the cluster are "CriticalAddonsOnly" tainted',
      'Back-off: ImagePullBackOff',
      'Unable to download the Helm chart from the repo URL',
      'Operation is already in progress for Helm',
      'Helm chart rendering failed with given values: x',
      'Resource already exists in your cluster',
      'Timed out waiting for the resource to come to a ready/completed state.',
      'job failed: BackoffLimitExceeded',
      'Unable to get a response from the agent in time',
      "Operation returned an invalid status code 'Conflict'",
    ]
    for (const text of texts) {
      const rule = (of: string) => extensionRules.find((one) => one.text?.test(of))?.is
      expect([text, rule(knownPhrases(text).join('. '))]).toEqual([text, rule(text)])
      expect(rule(text)).toBeDefined()
    }
  })
})
