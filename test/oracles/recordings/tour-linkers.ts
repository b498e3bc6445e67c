// A tour through the app's own linker API: a connection is made, changed and removed, and its operations are polled.
import type { AzuriteHandle } from '../../../src/local/cloud/storage/azurite.ts'
import { apiVersion, idOfAccount, idOfCluster, minute, type Scenario, startStory } from '../../scenarios/story.ts'
import type { Exchange } from './exchange.ts'

const arm = 'https://management.azure.com'
const list = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers`
const linker = {
  targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
  authInfo: { authType: 'userAssignedIdentity' },
  clientType: 'python',
  scope: 'orders',
}

/** As the recorded one: a server without an ARM id, and a password with the request. */
const kafka = {
  ...linker,
  targetService: { type: 'ConfluentBootstrapServer', endpoint: 'pkc-1.westeurope.azure.confluent.cloud:9092' },
  authInfo: { authType: 'secret', name: 'key-of-the-tour', secretInfo: { secretType: 'rawValue', value: 'secret-of-the-tour' } },
}

export async function tourLinkers(azurite: AzuriteHandle): Promise<readonly Exchange[]> {
  const story = await startStory(azurite)
  const exchanges: Exchange[] = []
  const ask = async (method: string, path: string, body?: unknown) => {
    const whole = path.includes('api-version=') ? path : `${path}?api-version=${apiVersion}`
    const { pathname, search } = new URL(whole, arm)
    const answer = await story.call('ada', method, pathname + search, body)
    exchanges.push({
      method,
      path: pathname + search,
      status: answer.status,
      // The app stands where ARM stands for Service Connector.
      headers: Object.fromEntries(
        [...answer.headers].map(([header, value]) => [header, value.replace(/^https?:\/\/[^/]+(?=\/subscriptions\/)/, arm)]),
      ),
      body: answer.body === undefined ? '' : answer.body,
    })
    return answer
  }
  try {
    await story.putPolicy('all', { targets: ['*/*/*', 'endpoints/ConfluentBootstrapServer/*'] })
    await finish(story, ask, await ask('PUT', `${list}/photos`, { properties: linker }))
    await ask('GET', `${list}/photos`)
    await finish(story, ask, await ask('PUT', `${list}/photos`, { properties: { ...linker, clientType: 'java' } }))
    await finish(story, ask, await ask('PUT', `${list}/kafka`, { properties: kafka }))
    await ask('GET', `${list}/kafka`)
    await ask('GET', list)
    await ask('POST', `${list}/photos/listConfigurations`)
    await finish(story, ask, await ask('POST', `${list}/photos/validateLinker`))
    await finish(story, ask, await ask('DELETE', `${list}/photos`))
  } finally {
    await story.close()
  }
  return exchanges
}

type Ask = (method: string, path: string, body?: unknown) => ReturnType<Scenario['call']>

/** Polls at once, and again when the work has had its time. */
async function finish({ clock }: Scenario, ask: Ask, answer: Awaited<ReturnType<Scenario['call']>>): Promise<void> {
  const address = answer.headers.get('azure-asyncoperation')
  if (!address) return
  await ask('GET', address)
  await clock.pass(15 * minute)
  await ask('GET', address)
}
