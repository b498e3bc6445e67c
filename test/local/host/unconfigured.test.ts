// The built app with settings missing: it starts all the same and says what is missing, instead of ending its worker again and again.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClock } from '../../../src/local/clock.ts'
import { setEnvironment } from '../../../src/local/environment.ts'
import { type Host, startHost } from '../../../src/local/host/host.ts'

const given = {
  CONNECTOR_STORAGE_ACCOUNT: 'Not_An_Account',
  CONNECTOR_TENANT_ID: '',
  CONNECTOR_AUDIENCE: '',
  // Telemetry that signs in needs the settings while the app starts.
  APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=https://127.0.0.1:1/',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
}
const lines: string[] = []
let host: Host
let putBack: () => void

beforeAll(async () => {
  putBack = setEnvironment(given)
  host = await startHost({ appFolder: 'dist', clock: realClock, stateFile: ':memory:', log: ({ message }) => void lines.push(message) })
})
afterAll(async () => {
  await host.stop()
  putBack()
})

describe('an app whose settings are not complete', () => {
  it('says at /healthz which ones, by name', async () => {
    const answer = await fetch(`${host.url}/healthz`)
    expect(answer.status).toBe(503)
    const text = await answer.text()
    expect(JSON.parse(text)).toEqual({
      status: 'the app settings are not complete',
      settings: ['CONNECTOR_STORAGE_ACCOUNT', 'CONNECTOR_TENANT_ID', 'CONNECTOR_AUDIENCE'],
    })
    expect(text).not.toContain('Not_An_Account')
  })

  it('says the same to every caller', async () => {
    const answer = await fetch(`${host.url}/connections`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      error: { code: 'SettingsNotComplete', message: expect.stringContaining('CONNECTOR_TENANT_ID') },
    })
  })

  it('says in its log how to write them, and that it runs without telemetry', () => {
    const log = lines.join('\n')
    expect(log).toContain('CONNECTOR_TENANT_ID is the tenant id, a UUID')
    expect(log).toContain('telemetry not started')
    expect(log).not.toContain('Not_An_Account')
  })
})
