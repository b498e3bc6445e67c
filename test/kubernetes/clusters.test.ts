import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { Failure } from '../../src/errors/failure.ts'
import { type ClusterAccess, createClusterAccess } from '../../src/kubernetes/clusters.ts'
import { secret } from '../../src/model/secret.ts'
import type { ManagedKubernetesObject } from '../../src/ports/kubernetes.ts'
import { clusterId, fqdn } from '../local/cloud/kubernetes/target.ts'
import { cluster } from './behaviours.ts'
import { type Behind, behindProxy, credentialOf } from './reached.ts'

let behind: Behind
let access: ClusterAccess
let input: number
let now: number
let fail: Failure | undefined
beforeEach(async () => {
  behind = await behindProxy()
  input = 0
  now = 0
  fail = undefined
  access = createClusterAccess({
    kubeconfig: async () => {
      input++
      if (fail) throw fail
      return secret(
        stringify({
          apiVersion: 'v1',
          kind: 'Config',
          clusters: [
            {
              name: 'c',
              cluster: {
                server: `https://${fqdn}:443`,
                'certificate-authority-data': Buffer.from(behind.kubernetes.authorityPem(clusterId)).toString('base64'),
              },
            },
          ],
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
          'current-context': 'c',
          users: [{ name: 'u', user: { exec: { command: 'kubelogin' } } }],
        }),
      )
    },
    credential: credentialOf('admin'),
    installation: 'i',
    proxy: behind.proxy,
    now: () => now,
  })
})
afterEach(async () => {
  await access.close()
  await behind.close()
})

const object: ManagedKubernetesObject = {
  kind: 'Secret',
  id: `${cluster.key}/default/Secret/a`,
  summary: 'Secret a',
  cluster,
  clusterUid: 'u',
  namespace: 'default',
  name: 'a',
  owner: 'o',
}
const observe = async (): Promise<string> => {
  const found = await access.transport(cluster, fqdn)
  if ('code' in found) return found.code
  const [observed] = await found.observe([object], new Map())
  return observed?.state === 'unknown' ? observed.problem.code : (observed?.state ?? 'nothing')
}

describe('access to clusters', () => {
  it('asks for credentials once in six hours', async () => {
    expect([await observe(), await observe()]).toEqual(['absent', 'absent'])
    expect(input).toBe(1)
    now = 6 * 60 * 60_000
    expect(await observe()).toBe('absent')
    expect(input).toBe(2)
  })

  it('asks for them again after the connection broke, so that a recreated cluster is found again', async () => {
    expect(await observe()).toBe('absent')
    behind.answer = 'broken'
    expect(await observe()).toBe('KubernetesUnreachable')
    behind.answer = undefined
    expect(await observe()).toBe('absent')
    expect(input).toBe(2)
  })

  it('answers with the problem, not with an exception, where there is no way in', async () => {
    fail = new Failure({
      class: 'permission',
      code: 'RightMissing',
      about: { doing: 'get credentials', action: 'a', scope: 's', principal: 'p', message: 'm' },
    })
    expect(await observe()).toBe('RightMissing')
    fail = undefined
    expect(await access.transport(cluster, 'other.azmk8s.io')).toMatchObject({ code: 'KubeconfigNotTrusted' })
    expect(await observe()).toBe('absent')
  })

  it('throws what passes, so that the step retries it as its class says', async () => {
    fail = new Failure({
      class: 'throttled',
      code: 'Throttled',
      about: { doing: 'get credentials' },
      retryAfterMs: 1_000,
      isReserved: true,
    })
    await expect(observe()).rejects.toBe(fail)
  })

  it('is opened for the sweep, or says why not', async () => {
    expect(await access.swept(cluster, fqdn)).toHaveProperty('list')
    fail = new Failure({ class: 'transient', code: 'NoAnswer', about: { doing: 'get credentials', message: 'm' } })
    now = 6 * 60 * 60_000
    expect(await access.swept(cluster, fqdn)).toMatchObject({ code: 'NoAnswer' })
  })
})
