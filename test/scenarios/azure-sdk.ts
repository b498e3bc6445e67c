// Azure's own client for Service Connector in a story, as a program has it: only its endpoint, its token's scope and the way through the proxy are given.
import { ServiceLinkerManagementClient } from '@azure/arm-servicelinker'
import type { TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { azureAgent } from '../../src/azure/agent.ts'
import { appHostname } from '../../src/local/local.ts'
import type { Scenario } from './scenario.ts'

/** The client sleeps in real time for as long as it is told, which here is virtual: what it was told is kept, and it asks at once. */
const impatient = (told: string[]): PipelinePolicy => ({
  name: 'impatient',
  async sendRequest(request, next) {
    const answer = await next(request)
    const wait = answer.headers.get('retry-after')
    if (wait !== undefined) told.push(wait)
    answer.headers.delete('retry-after')
    return answer
  },
})

export const credentialOf = (story: Scenario, person: string, scopes: Set<unknown>): TokenCredential => ({
  async getToken(input) {
    scopes.add(String(input))
    return { token: await story.token(person), expiresOnTimestamp: Date.now() + 3_600_000 }
  },
})

/** What a program gets from its environment: the way through the proxy. */
export const through = (story: Scenario, told: string[] = []) => ({
  agent: azureAgent({ HTTPS_PROXY: story.cloud.proxyUrl('internet') }),
  additionalPolicies: [{ policy: impatient(told), position: 'perCall' as const }],
})

export function sdk(story: Scenario, person = 'ada', apiVersion?: string) {
  const told: string[] = []
  const scopes = new Set<unknown>()
  const client = new ServiceLinkerManagementClient(credentialOf(story, person, scopes), {
    endpoint: `https://${appHostname}/azure/arm`,
    credentialScopes: 'api://connector/.default',
    ...through(story, told),
    ...(apiVersion === undefined ? {} : { apiVersion }),
  })
  return { client, told, scopes }
}

/** Lets virtual time pass while the client waits in real time. */
export async function meanwhile<T>(story: Scenario, work: Promise<T>): Promise<T> {
  let done = false
  const ended = work.finally(() => {
    done = true
  })
  ended.catch(() => {})
  while (!done) await story.clock.pass(1_000)
  return await ended
}
export const quickly = { updateIntervalInMs: 5 }

/** The client sleeps in virtual time, for as long as it is told. For `client.pipeline`. */
export const asleep = ({ clock }: Scenario): PipelinePolicy => ({
  name: 'asleep',
  async sendRequest(request, next) {
    const answer = await next(request)
    const seconds = Number(answer.headers.get('retry-after') ?? 0)
    if (seconds > 0) await clock.pass(seconds * 1000)
    return answer
  },
})
