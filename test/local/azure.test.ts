// `npm start -- --azure` against the simulated Azure, as if that were the real one: nothing of it knows the difference. Names, tokens and
// certificates are Azure's; only the way there is a proxy, as in many companies.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClock } from '../../src/local/clock.ts'
import { type Cloud, startCloud } from '../../src/local/cloud/cloud.ts'
import { tenant } from '../../src/local/cloud/entra/directory.ts'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { fleet as fleetOf, idOf } from '../../src/local/fleets/fleet.ts'
import { latenciesFor } from '../../src/local/start/latencies.ts'
import { azuriteOfRun } from '../azurite.ts'
import { freePort, type Started, start } from './started.ts'

const folder = mkdtempSync(join(tmpdir(), 'azure-test-'))
const caFile = join(folder, 'ca.pem')
const fleet = fleetOf({
  people: [
    // a person who runs the connector with their own rights
    { name: 'ida', roles: [{ role: 'Owner' }, { role: 'Storage Table Data Contributor' }] },
    { name: 'rob', appRoles: ['Connections.Read'] },
  ],
})
let azurite: AzuriteHandle
let cloud: Cloud
let running: Started
let port: number

const settings = {
  CONNECTOR_STORAGE_ACCOUNT: 'connectorstate',
  CONNECTOR_TENANT_ID: tenant,
  CONNECTOR_AUDIENCE: fleet.app.audience,
}
const tokenOf = (name: string, audience: string): Promise<string> => cloud.entra.token({ oid: idOf(`principal ${name}`) }, audience)
const status = async (path: string, headers: Readonly<Record<string, string>> = {}, at = port): Promise<number> =>
  (await fetch(`http://127.0.0.1:${at}${path}`, { headers })).status

beforeAll(async () => {
  azurite = azuriteOfRun()
  cloud = await startCloud({ clock: realClock, fleet, azurite, latencies: latenciesFor(1 / 500), caFile })
  writeFileSync(caFile, cloud.caPem)
  port = await freePort()
  running = start(['--azure', '--state', folder, '--port', String(port)], {
    ...settings,
    ...cloud.environment('internet'),
    HOME: folder,
    // how DefaultAzureCredential is told who signs in, where no person can be asked
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: idOf('client ida'),
    AZURE_CLIENT_SECRET: 'secret-of-ida',
  })
  await running.said('Events ')
}, 60_000)
afterAll(async () => {
  await running.stop('SIGKILL')
  await cloud.close()
  await azurite.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('npm start -- --azure', () => {
  it('works with the rights of the person who is signed in, and says that it could not be tried', async () => {
    expect(running.output()).toContain('could not be tried against the real Azure')
    expect(running.output()).not.toContain('failed')
    expect(cloud.calls.some(({ host, principal }) => host.startsWith('connectorstate.table') && principal === idOf('principal ida'))).toBe(
      true,
    )
  })

  it('answers callers with a token of the tenant and an app role', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/connections`, {
      headers: { authorization: `Bearer ${await tokenOf('rob', fleet.app.audience)}` },
    })
    expect([answer.status, await answer.json()]).toEqual([200, { value: [] }])
  })

  it('answers no one else', async () => {
    const forged = Buffer.from(
      JSON.stringify({
        auth_typ: 'aad',
        claims: [
          { typ: 'aud', val: fleet.app.audience },
          { typ: 'roles', val: 'Connections.Read' },
        ],
      }),
    ).toString('base64')
    const [, claims = ''] = (await tokenOf('rob', fleet.app.audience)).split('.')
    expect(await status('/connections')).toBe(401)
    expect(await status('/connections', { 'x-ms-client-principal': forged })).toBe(401)
    expect(await status('/connections', { 'x-ms-client-principal': forged }, port + 2)).toBe(403)
    expect(await status('/connections', { authorization: `Bearer e30.${claims}.AAAA` })).toBe(401)
    expect(await status('/connections', { authorization: `Bearer ${await tokenOf('rob', 'https://management.azure.com')}` })).toBe(401)
    expect(await status('/connections', { authorization: `Bearer ${await tokenOf('ida', fleet.app.audience)}` })).toBe(403)
    expect(await status('/runtime/webhooks/durabletask/instances', {}, port + 2)).toBe(401)
  })

  it('says which settings are missing, and how to sign in', async () => {
    const without = start(['--azure', '--state', folder, '--port', String(await freePort())], {
      CONNECTOR_STORAGE_ACCOUNT: 'connectorstate',
    })
    expect([await without.ended, without.output()]).toEqual([
      '1',
      expect.stringMatching(/CONNECTOR_TENANT_ID: .*az account show[\s\S]*CONNECTOR_AUDIENCE: /),
    ])
    expect(without.output()).not.toContain('CONNECTOR_STORAGE_ACCOUNT:')
    const nobody = start(['--azure', '--state', join(folder, 'nobody'), '--port', String(await freePort())], {
      ...settings,
      ...cloud.environment('internet'),
      HOME: folder,
      // asks the tools of a developer only: the search for a managed identity takes its time
      AZURE_TOKEN_CREDENTIALS: 'dev',
    })
    expect([await nobody.ended, nobody.output()]).toEqual(['1', expect.stringContaining('az login')])
  }, 60_000)

  it('stops within three seconds after Ctrl-C', async () => {
    const { ended, ms } = await running.stop('SIGINT')
    expect(ended).toBe('0')
    expect(ms).toBeLessThan(3_500)
  })
})
