// The app's own table refuses writes, or asks to wait: a caller is told so soon, and nothing is lost.
import { describe, expect, it } from 'vitest'
import { idOfCluster, useScenarios } from './scenario.ts'
import type { Story } from './story.ts'

const scenario = useScenarios()
const writes = ['PUT', 'POST', 'DELETE', 'MERGE', 'PATCH']
const tableError = (code: string) => ({ 'odata.error': { code, message: { lang: 'en-US', value: 'no' } } })
const reconcilePath = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`

type Answer = { readonly status: number; readonly headers: unknown; readonly body: unknown }

/** Refuses every conditional write of the app's table until it is lifted. */
function storm(story: Pick<Story, 'cloud' | 'errors'>, status: number, code: string): () => void {
  const answer = { status, headers: { 'content-type': 'application/json' }, body: tableError(code) }
  const principal = story.cloud.app.principalId
  const faults = writes.map((method) => story.cloud.faults.add({ match: { service: 'storage', method, principal }, answer }))
  return () => {
    for (const fault of faults) fault.remove()
    story.errors.splice(0) // what could not be recorded meanwhile is logged
  }
}

async function inTime(ask: Promise<Answer>): Promise<Answer | 'no answer'> {
  return await Promise.race([ask, new Promise<'no answer'>((over) => setTimeout(() => over('no answer'), 10_000))])
}
const body = (answer: Answer | 'no answer') => JSON.stringify(answer === 'no answer' ? answer : answer.body)

describe('a storm of conflicts', () => {
  it('ends a new declaration, which is taken later', async () => {
    const story = await scenario({ events: 'none' })
    await story.putPolicy()
    const lift = storm(story, 409, 'EntityAlreadyExists')
    const answer = await inTime(story.putLinker('photos'))
    lift()
    expect(answer).toMatchObject({ status: 503 })
    expect(body(answer)).toContain('StoreBusy')
    await story.putLinker('photos')
    await story.reaches('photos', 'Succeeded')
  })

  it.each(['a change', 'a removal', 'a reconcile'])('ends %s, and the connection goes on as it was', async (what) => {
    const story = await scenario({ events: 'none' })
    await story.putPolicy()
    await story.putLinker('photos')
    await story.reaches('photos', 'Succeeded')
    const lift = storm(story, 412, 'UpdateConditionNotSatisfied')
    const asks: Readonly<Record<string, () => Promise<Answer>>> = {
      'a change': () => story.putLinker('photos', { publicNetworkSolution: { action: 'optOut' } }),
      'a removal': () => story.removeLinker('photos'),
      'a reconcile': () => story.call('ada', 'POST', reconcilePath),
    }
    const answer = await inTime(asks[what]?.() ?? Promise.reject(new TypeError(what)))
    lift()
    expect(answer).toMatchObject({ status: 503 })
    expect((await story.linker('photos')).state).toBe('Succeeded')
  })
})

describe('a service that asks to wait', () => {
  it.each([
    ['the table', 'storage', 503, '/connections'],
    ['the table', 'storage', 429, '/policies'],
    ['the endpoint of the managed identity', 'identity', 429, '/connections'],
  ])('%s (%s, %i) makes no caller of %s wait with it', async (_name, service, status, path) => {
    const story = await scenario({ events: 'none' })
    if (service === 'storage') await story.putPolicy()
    const answer = { status, headers: { 'retry-after': '20', 'content-type': 'application/json' }, body: tableError('ServerBusy') }
    const fault = story.cloud.faults.add({ match: { service }, times: 1, answer })
    const told = await inTime(story.call('ada', 'GET', path))
    expect(fault.hits).toBe(1)
    expect(told).toMatchObject({ status: 503 })
    expect((await story.call('ada', 'GET', path)).status).toBe(200)
  })

  it('is asked again at once where it only stumbled', async () => {
    const story = await scenario({ events: 'none' })
    await story.putPolicy()
    const match = { service: 'storage', method: 'GET', principal: story.cloud.app.principalId }
    const fault = story.cloud.faults.add({ match, times: 2, answer: { status: 500, body: tableError('InternalError') } })
    expect((await story.call('ada', 'GET', '/policies')).status).toBe(200)
    expect(fault.hits).toBe(2)
  })
})
