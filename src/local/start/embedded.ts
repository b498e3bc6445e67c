// The product with a simulated Azure, in real time, with its state on disk.

import { existsSync, readFileSync } from 'node:fs'
import { realClock } from '../clock.ts'
import { startAzurite } from '../cloud/storage/azurite.ts'
import { type Fleet, readFleet } from '../fleets/fleet.ts'
import { startLocal } from '../local.ts'
import { openState, type State } from '../state.ts'
import { latenciesFor } from './latencies.ts'
import { openLog } from './log.ts'
import type { StartOptions } from './options.ts'
import { portsFrom, takenPorts } from './ports.ts'
import { type Running, within } from './stopping.ts'
import { startToolsServer } from './tools-server.ts'
import { tryLines } from './try-lines.ts'
import { startedWords } from './words.ts'

const defaultFleet = new URL('../fleets/demo.yaml', import.meta.url)
/** Writes are saved before they are answered; what happens by itself in the simulated cloud, such as the end of an operation, is saved now and then. */
const saveEvery = 2_000
/** What the host may take of the time that Ctrl-C gives: the rest is for writing things down. */
const hostStop = 1_500

/** Short enough to watch. What the environment says comes first: CONNECTOR_GRACE_MINUTES=30 npm start */
const shortTimes = {
  CONNECTOR_GRACE_MINUTES: '0.5',
  CONNECTOR_MASS_GRACE_MINUTES: '2',
  CONNECTOR_GONE_AFTER_MINUTES: '1',
  CONNECTOR_LEAVING_MINUTES: '1',
  CONNECTOR_AUDIT_MINUTES: '10',
}

export async function startEmbedded(options: StartOptions, say: (text: string) => void): Promise<Running> {
  if (!existsSync('dist/index.cjs')) throw new Error('dist/ has no app: run `npm start` at the top of the repository, it builds first.')
  const fleet = fleetOf(options)
  const ports = portsFrom(options.port)
  const state = openState(options.folder, { fresh: options.fresh, what: `npm start on http://127.0.0.1:${ports.front}` })
  try {
    const taken = await takenPorts(Object.values(ports))
    if (taken.length > 0)
      throw new Error(`port ${taken.join(', ')} is in use by another program. Choose others: npm start -- --port ${options.port + 100}`)
    return await startIn(state, options, fleet, say)
  } catch (error) {
    state.release()
    throw error
  }
}

async function startIn(state: State, options: StartOptions, fleet: Fleet, say: (text: string) => void): Promise<Running> {
  const ports = portsFrom(options.port)
  const before = state.cloud()
  const log = openLog(state.folder, options.verbose, say)
  const azurite = await startAzurite({ location: state.azuriteFolder })
  const local = await startLocal({
    clock: realClock,
    fleet,
    azurite,
    ...(before ? { cloudState: before } : {}),
    saveCloud: state.saveCloud,
    latencies: latenciesFor(options.latency),
    settings: { ...shortTimes, ...own(process.env) },
    host: { stateFile: state.hostFile, keys: state.hostKeys(), visibilityTimeoutMs: 10_000, log: log.write },
    ports,
    caFile: state.caFile,
    events: options.events,
  })
  state.saveCa(local.cloud.caPem)
  await local.cloud.saved()
  const saving = setInterval(
    () => void local.cloud.saved().catch((error: Error) => say(`The state could not be saved: ${error.message}`)),
    saveEvery,
  )
  const tools = await startToolsServer({ local, fleet, caFile: state.caFile, port: ports.tools })

  const place = {
    app: local.front.url,
    tools: tools.url,
    proxy: `http://127.0.0.1:${ports.proxy}`,
    folder: state.folder,
    caFile: state.caFile,
  }
  const lines = options.fleetFile === undefined ? tryLines({ ...place, subscription: fleet.subscriptions[0]?.id ?? '' }) : []
  say(startedWords({ ...place, kept: before !== undefined }, fleet, lines))
  return {
    async stop() {
      tools.close()
      await within(hostStop, local.close())
      clearInterval(saving)
      await local.cloud.saved()
      await azurite.close()
      log.close()
      state.release()
    },
  }
}

function fleetOf({ fleetFile }: StartOptions): Fleet {
  try {
    return readFleet(readFileSync(fleetFile ?? defaultFleet, 'utf8'))
  } catch (error) {
    throw new Error(`the fleet ${fleetFile ?? ''} cannot be used: ${(error as Error).message}`)
  }
}

/** The product's settings that the person gave. */
const own = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (name.startsWith('CONNECTOR_') && value ? [[name, value]] : [])))
