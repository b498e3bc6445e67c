// `npm start -- --azure`: the same host and the same app, but the real Azure, as the person who is signed in (az login and the like).
//
// Nothing is simulated, so App Service's front is missing: without it any caller that reaches the port could claim any identity. A local front with a
// real check of tokens replaces it, on 127.0.0.1 only; the host answers only that front, and its webhooks have random keys. Event Grid cannot reach a
// laptop: the timers find what events would have reported, within minutes.
//
// It could not be tried against Azure itself where this was written; a test runs it against the simulated one, as if that were real.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DefaultAzureCredential } from '@azure/identity'
import { realClock } from '../clock.ts'
import { startFront } from '../front.ts'
import { startHost } from '../host/host.ts'
import { randomKeys } from '../host/keys.ts'
import { openState } from '../state.ts'
import { openLog } from './log.ts'
import type { StartOptions } from './options.ts'
import { portsFrom, takenPorts } from './ports.ts'
import { realEntra } from './real-entra.ts'
import { realSettings } from './real-settings.ts'
import { type Running, within } from './stopping.ts'

const signInWait = 30_000
const hostStop = 2_000

export async function startOnRealAzure(options: StartOptions, say: (text: string) => void): Promise<Running> {
  const settings = realSettings(process.env)
  const ports = portsFrom(options.port)
  const state = openState(join(options.folder, 'azure'), {
    fresh: options.fresh,
    what: `npm start -- --azure on http://127.0.0.1:${ports.front}`,
  })
  try {
    const taken = await takenPorts([ports.front, ports.host])
    if (taken.length > 0)
      throw new Error(
        `port ${taken.join(', ')} is in use by another program. Choose others: npm start -- --azure --port ${options.port + 100}`,
      )
    Object.assign(process.env, settings)
    await signedIn()
    const frontKey = randomBytes(24).toString('base64url')
    const log = openLog(state.folder, options.verbose, say)
    const host = await startHost({
      appFolder: 'dist',
      stateFile: state.hostFile,
      clock: realClock,
      port: ports.host,
      keys: randomKeys(),
      frontKey,
      log: log.write,
    })
    const audiences = (settings['CONNECTOR_AUDIENCE'] ?? '').split(',').map((audience) => audience.trim())
    const front = await startFront({
      target: host.url,
      entra: realEntra(settings['CONNECTOR_TENANT_ID'] ?? '', audiences, process.env),
      clock: realClock,
      audience: audiences[0] ?? '',
      key: frontKey,
      port: ports.front,
    })
    await firstContact(host.run, say)
    say(words(front.url, audiences[0] ?? '', settings, state.folder))
    return {
      async stop() {
        await front.close()
        await within(hostStop, host.stop())
        log.close()
        state.release()
      },
    }
  } catch (error) {
    state.release()
    throw error
  }
}

async function signedIn(): Promise<void> {
  const abortSignal = AbortSignal.timeout(signInWait)
  await new DefaultAzureCredential().getToken('https://management.azure.com/.default', { abortSignal }).catch((error: Error) => {
    throw new Error(`no one is signed in to Azure here. Sign in with: az login\n${error.message.split('\n')[0] ?? ''}`)
  })
}

/** One heartbeat now: errors of the table or the rights are best reported before anyone waits for them. */
async function firstContact(run: (name: string) => Promise<void>, say: (text: string) => void): Promise<void> {
  await run('heartbeat').catch((error: Error) =>
    say(`The first look at the connector's table failed; it is tried again each minute.\n  ${error.message.split('\n')[0] ?? ''}`),
  )
}

const words = (url: string, audience: string, settings: Readonly<Record<string, string>>, folder: string): string => `
AKS Service Connector is running on this machine and works on the real Azure, with your own rights. Ctrl-C stops it.
This way of running it could not be tried against the real Azure by those who wrote it. Begin with a subscription in which nothing can break.

  Connector   ${url}    only from this machine; callers need a token of the tenant ${settings['CONNECTOR_TENANT_ID']}
  Table       ${settings['CONNECTOR_TABLE'] ?? 'connector'} in the storage account ${settings['CONNECTOR_STORAGE_ACCOUNT']}
  State       ${folder}
  Events      none reach this machine: a changed tag is found by a timer, within minutes

  curl -s ${url}/connections -H "Authorization: Bearer $(az account get-access-token --resource ${audience} --query accessToken -o tsv)"
`
