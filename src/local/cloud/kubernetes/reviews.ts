// The virtual resources: they are asked, not kept. TokenRequest and SelfSubjectAccessReview.
import type { CloudRequest } from '../http.ts'
import type { World } from '../world.ts'
import type { Ask } from './access.ts'
import { isRaw, type KubernetesObject, type Raw, timestamp } from './object.ts'
import { bodyOf } from './request.ts'
import { serviceAccountToken } from './service-account-tokens.ts'
import { invalid, invalidValue } from './status.ts'

const shortest = 600
const longest = 2 ** 32

export async function tokenRequest(
  request: CloudRequest,
  world: World,
  cluster: { readonly id: string; readonly issuer: string },
  account: KubernetesObject,
): Promise<Raw> {
  const body = bodyOf(request, { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' })
  const spec = isRaw(body['spec']) ? body['spec'] : {}
  const seconds = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : 3600
  const wrong = (why: string) =>
    invalid({ kind: 'TokenRequest', group: 'authentication.k8s.io', name: '' }, [
      { ...invalidValue('spec.expirationSeconds', '', why), message: `Invalid value: ${seconds}: ${why}` },
    ])
  if (seconds < shortest) throw wrong('may not specify a duration less than 10 minutes')
  if (seconds > longest) throw wrong('may not specify a duration larger than 2^32 seconds')
  const given = Array.isArray(spec['audiences']) ? spec['audiences'].map(String) : []
  const audiences = given.length > 0 ? given : [cluster.issuer]
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: account.metadata.name, namespace: account.metadata.namespace, creationTimestamp: timestamp(world.clock.now()) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: {
      token: await serviceAccountToken(world, cluster.id, account, { issuer: cluster.issuer, audiences, seconds }),
      expirationTimestamp: timestamp(world.clock.now() + seconds * 1000),
    },
  }
}

export function accessReview(request: CloudRequest, allowed: (ask: Ask) => boolean): Raw {
  const body = bodyOf(request, { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' })
  const spec = isRaw(body['spec']) ? body['spec'] : {}
  const asked = spec['resourceAttributes']
  if (!isRaw(asked) && !isRaw(spec['nonResourceAttributes']))
    throw invalid({ kind: 'SelfSubjectAccessReview', group: 'authorization.k8s.io', name: '' }, [
      {
        ...invalidValue('spec.resourceAttributes', 'null', ''),
        message: 'Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
      },
    ])
  const text = (name: string): string => (isRaw(asked) ? String(asked[name] ?? '') : '')
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec,
    status: {
      allowed:
        !isRaw(asked) ||
        allowed({
          verb: text('verb'),
          group: text('group'),
          resource: text('resource'),
          ...(text('subresource') ? { subresource: text('subresource') } : {}),
          ...(text('namespace') ? { namespace: text('namespace') } : {}),
        }),
    },
  }
}
