// A person who may only read asks for the largest preflight there is, once a second. It delays no one: not another tenant's connection, not ARM.
import { expect, it } from 'vitest'
import { type Scenario, useScenarios } from './scenario.ts'
import { idOfCluster } from './story.ts'

const scenario = useScenarios()
const names = Array.from({ length: 20 }, (_, n) => `acc${n}`)
const rules = { group: 'shop', region: 'northeurope', network: 'rules' as const }
const fleet = {
  clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: true, workloadIdentity: true }],
  storageAccounts: [{ name: 'orders', ...rules }, ...names.map((name) => ({ name, ...rules }))],
}
const query = names
  .map((name, n) => `connect=${encodeURIComponent(`connect-n${n}=storage-blob:${name}?namespace=orders&workload=w${n}`)}`)
  .join('&')

/** Seconds until another person's connection is ready. */
async function readyAfter(story: Scenario, reader?: () => Promise<void>): Promise<number> {
  await story.putPolicy()
  for (let second = 0; second < 10; second++) {
    await reader?.()
    await story.clock.pass(1000)
  }
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  const began = story.clock.now()
  for (let second = 0; second < 400; second++) {
    await reader?.()
    await story.clock.pass(1000)
    if ((await story.linker('photos')).state === 'Succeeded') return (story.clock.now() - began) / 1000
  }
  throw new Error('It never was ready')
}

it('a reader who asks for all there is, without a pause, delays no one', async () => {
  const alone = await readyAfter(await scenario({ events: 'none', fleet }))
  const story = await scenario({ events: 'none', fleet })
  const answers: { readonly status: number; readonly retryAfter: string | null }[] = []
  const beside = await readyAfter(story, async () => {
    const { status, headers } = await story.call('rob', 'GET', `/clusters${idOfCluster('c1')}/preflight?${query}`)
    answers.push({ status, retryAfter: headers.get('retry-after') })
  })
  expect(beside).toBeLessThanOrEqual(alone + 15)
  expect(answers[0]?.status).toBe(200)
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(answers.length / 2)
  for (const { retryAfter } of refused) expect(Number(retryAfter)).toBeGreaterThan(0)
  expect(story.cloud.calls.filter(({ service, status }) => service === 'arm' && status === 429)).toEqual([])
})
