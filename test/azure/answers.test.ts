// Whatever comes in place of an answer, an adapter neither takes it for one nor concludes from it that something is not there.
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { createClusterCredentials } from '../../src/azure/clusters.ts'
import { createGraph } from '../../src/azure/graph.ts'
import { createIdentities } from '../../src/azure/identities.ts'
import { createIdentityFinder } from '../../src/azure/identity-finder.ts'
import { strangeAnswers } from '../faults/kinds.ts'
import { clusterPath, identityPath, storagePath, subscription } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

const cluster = clusterPath('c1')
const account = storagePath('orders')
const identity = identityPath('shop-orders')
const credential = { name: 'a', issuer: 'https://issuer/', subject: 'system:serviceaccount:a:b', audiences: ['x'] }
const operation = `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/westeurope/operations/1`

/** A key has a name of its own for it. */
const unknown = { class: 'transient', code: expect.stringMatching(/^(AnswerNotUnderstood|CredentialNotReadable)$/) }

/** Deletes are left out of some: their success may come with any object, and every delete is followed by a read. */
function callsOf(world: AzureWorld): Readonly<Record<string, () => Promise<unknown>>> {
  const arm = createArm(world.connection())
  const identities = createIdentities(world.connection())
  return {
    'read a cluster': () => arm.get(cluster, '2026-06-01'),
    'read a registration': () => arm.get(`/subscriptions/${subscription}/providers/Microsoft.KubernetesConfiguration`, '2021-04-01'),
    'list assignments': () => arm.list(`${account}/providers/Microsoft.Authorization/roleAssignments`, '2022-04-01'),
    'list permissions': () => arm.list(`${account}/providers/Microsoft.Authorization/permissions`, '2022-04-01'),
    'write a cluster': () => arm.put(cluster, '2026-06-01', {}),
    'change an account': () => arm.patch(account, '2024-01-01', {}),
    'register a provider': () =>
      arm.post(`/subscriptions/${subscription}/providers/Microsoft.KubernetesConfiguration`, 'register', '2021-04-01'),
    'read a key': () =>
      arm.secret(account, 'listKeys', '2024-01-01', (answer) => (answer as { keys: { value: string }[] }).keys[0]?.value ?? ''),
    'poll an operation': () => arm.operation(operation),
    'read an identity': () => identities.get(identity),
    'make an identity': () => identities.create(identity, 'westeurope', {}),
    'list credentials': () => identities.credentials(identity),
    'add a credential': () => identities.addCredential(identity, credential),
    'find an identity': () => createIdentityFinder(world.connection())(subscription, subscription),
    'read a kubeconfig': () => createClusterCredentials(world.connection())(cluster),
    'ask the graph': async () => {
      for await (const _cluster of createGraph(world.connection(), 'main').inventory([])) return
    },
  }
}

describe('an answer that is none', () => {
  let world: AzureWorld
  let calls: ReturnType<typeof callsOf>
  beforeAll(async () => {
    world = await azureWorld({})
    calls = callsOf(world)
  })
  afterAll(() => world.close())
  beforeEach(() => world.cloud.faults.clear())
  const answering = async (call: string, answer: (typeof strangeAnswers)[number]['answer']) => {
    const fault = world.cloud.faults.add({ match: { service: 'arm' }, answer })
    const fields = await failure(Promise.resolve(calls[call]?.())).finally(fault.remove)
    expect(fault.hits, 'it is asked once').toBe(1)
    return fields
  }

  it.each(strangeAnswers.map(({ name, answer }) => [name, answer] as const))(
    'is unknown, whatever was asked: %s',
    async (_name, answer) => {
      for (const call of Object.keys(calls)) expect(await answering(call, answer), call).toMatchObject(unknown)
    },
  )

  it('is unknown, whatever JSON it is', async () => {
    const statuses = fc.constantFrom(200, 201, 400, 403, 404, 409, 412)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(calls)), statuses, fc.jsonValue(), async (call, status, json) => {
        const answer = { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }
        expect(await answering(call, answer)).toMatchObject(unknown)
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['without an id', { properties: {} }],
    ['without properties', { id: cluster }],
    ['with properties that are a list', { id: cluster, properties: [] }],
    ['of another name', { id: clusterPath('c2'), properties: {} }],
  ])('is a resource %s', async (_what, body) => {
    expect(await answering('read a cluster', { status: 200, body })).toMatchObject({ code: 'AnswerNotUnderstood' })
  })

  it.each([
    ['a row that is none', { value: [null] }],
    ['a row without an id', { value: [{ properties: {} }] }],
    ['a next page that has no address', { value: [], nextLink: 7 }],
    ['a next page on another host', { value: [], nextLink: 'https://management.azure.com.portal.example/' }],
  ])('is a list with %s', async (_what, body) => {
    expect(await answering('list assignments', { status: 200, body })).toMatchObject({ code: 'AnswerNotUnderstood' })
    expect(await answering('list credentials', { status: 200, body })).toMatchObject({ code: 'AnswerNotUnderstood' })
  })

  it.each(['list assignments', 'list credentials', 'find an identity'])('is a list that does not end: %s', async (call) => {
    const page = (next: string) => ({ status: 200, body: { value: [], nextLink: `https://management.azure.com/${next}` } })
    const itself = world.cloud.faults.add({ match: { service: 'arm' }, answer: page('same') })
    expect(await failure(Promise.resolve(calls[call]?.()))).toMatchObject({ class: 'transient', code: 'AnswerNotUnderstood' })
    expect(itself.hits).toBe(2)
    itself.remove()
    for (let at = 0; at < 300; at++) world.cloud.faults.add({ match: { service: 'arm' }, times: 1, answer: page(`page-${at}`) })
    expect(await failure(Promise.resolve(calls[call]?.()))).toMatchObject({ class: 'transient', code: 'AnswerNotUnderstood' })
  })

  it('deletes nothing that a portal says is deleted', async () => {
    const arm = createArm(world.connection())
    const portal = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }
    world.cloud.faults.add({ match: { service: 'arm' }, answer: portal })
    expect(await failure(arm.delete(account, '2024-01-01'))).toMatchObject({ code: 'AnswerNotUnderstood' })
    expect(await failure(createIdentities(world.connection()).delete(identity))).toMatchObject({ code: 'AnswerNotUnderstood' })
  })

  it('says what was asked for, and repeats nothing of the answer', async () => {
    const fields = await answering('read a key', { status: 200, body: { password: 'hunter2' } })
    expect(fields.about.doing).toContain('listKeys')
    expect(JSON.stringify(fields)).not.toContain('hunter2')
  })
})
