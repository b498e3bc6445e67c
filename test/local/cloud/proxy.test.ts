import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ArmWorld, armWorld, clusterPath, groupPath, storagePath } from './arm/arm-world.ts'

const version = '?api-version=2026-09-01'

describe('the proxy', () => {
  let world: ArmWorld
  let app: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld()
    app = world.as('app')
  })
  afterEach(() => world.close())
  const read = () => app.send('GET', storagePath('orders') + version)

  it('remembers who called from where, and keeps one connection for many calls', async () => {
    for (let n = 0; n < 5; n++) await read()
    expect(world.cloud.calls.slice(-5)).toEqual(
      Array(5).fill({
        time: world.clock.now(),
        service: 'arm',
        method: 'GET',
        host: 'management.azure.com',
        path: storagePath('orders') + version,
        status: 200,
        location: 'functions',
        principal: world.cloud.app.principalId,
      }),
    )
    expect(Object.values(world.agent.freeSockets).flat()).toHaveLength(1)
  })

  it('refuses names that are not simulated, so that nothing leaves the machine', async () => {
    await expect(app.send('GET', 'https://example.com/')).rejects.toThrow(/502|Bad Gateway/)
  })

  it('serves other programs, such as curl', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ca-')), 'ca.pem')
    writeFileSync(file, world.cloud.caPem)
    const url = `https://management.azure.com${groupPath('shop')}${version}`
    const { stdout } = await promisify(execFile)('curl', ['-sS', '--proxy', world.cloud.proxyUrl('office'), '--cacert', file, url])
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'AuthenticationFailed' } })
    expect(world.cloud.calls.at(-1)).toMatchObject({ location: 'office', status: 401 })
  })

  it('serves each API server with the authority of its own cluster', async () => {
    const host = String((await app.clusters.get('shop', 'c1')).fqdn)
    const agent = new Agent({
      proxyEnv: { HTTPS_PROXY: world.cloud.proxyUrl('functions') },
      ca: world.cloud.kubernetes.authorityPem(clusterPath('c1')),
    })
    const status = await new Promise((done, failed) => {
      request(`https://${host}/version`, { agent }, (response) => done(response.resume().statusCode))
        .on('error', failed)
        .end()
    })
    expect(status).toBe(401) // no token, but trust
    await expect(app.send('GET', `https://${host}/version`)).rejects.toThrow(/certificate/)
  })

  it('lets requests fail by rule, and counts', async () => {
    const { faults } = world.cloud
    const busy = faults.add({
      match: { service: 'arm', method: 'GET', path: /\/storageAccounts\/orders/ },
      after: 1,
      times: 2,
      answer: { status: 503, headers: { 'retry-after': '7' }, body: { code: 'x' } },
    })
    const answers = [await read(), await read(), await read(), await read()]
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 200])
    expect(answers[1]?.headers.get('retry-after')).toBe('7')
    expect([busy.matched, busy.hits]).toEqual([4, 2])
    expect(world.cloud.calls.at(-2)).toMatchObject({ status: 503, faulted: true })
    busy.remove()
    faults.add({ match: { body: /ipRules/, principal: world.cloud.app.principalId }, times: 1, answer: 'reset' })
    const rules = { properties: { networkAcls: { ipRules: [{ value: '203.0.113.1' }] } } }
    await expect(app.send('PATCH', storagePath('orders') + version, rules)).rejects.toThrow()
    expect((await app.send('PATCH', storagePath('orders') + version, rules)).status).toBe(200)
  })

  it('can lose an answer after the effect, time out, and do nothing without a word', async () => {
    const { faults } = world.cloud
    const rules = async () => (await app.storage.getProperties('shop', 'orders')).networkRuleSet?.ipRules?.length
    const write = (value: string) =>
      app.send('PATCH', storagePath('orders') + version, { properties: { networkAcls: { ipRules: [{ value }] } } })
    faults.add({ match: { method: 'PATCH' }, times: 1, answer: 'silent-no-op' })
    expect((await write('203.0.113.1')).status).toBe(200)
    expect(await rules()).toBe(0)
    faults.add({ match: { method: 'PATCH' }, times: 1, answer: 'lost-after-effect' })
    await expect(write('203.0.113.1')).rejects.toThrow()
    expect(await rules()).toBe(1)
    faults.add({ match: { method: 'PATCH' }, times: 1, answer: 'timeout' })
    await expect(write('203.0.113.2')).rejects.toThrow()
    expect(await rules()).toBe(1)
    expect(world.cloud.calls.at(-2)).toMatchObject({ status: 0, faulted: true })
  })
})
