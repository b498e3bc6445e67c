// The story from its beginning to its end, and the exit code.

import { changes, connectorCalls } from './calls.ts'
import { type DemoConsole, demoConsole as demoConsoleFor } from './console.ts'
import { backUp, cleanup } from './scenes/cleanup.ts'
import { connectMore, consent } from './scenes/connect.ts'
import { disconnect } from './scenes/disconnect.ts'
import { fleet } from './scenes/fleet.ts'
import { kubernetes } from './scenes/kubernetes.ts'
import { newContainer } from './scenes/new-container.ts'
import { noConsent } from './scenes/no-consent.ts'
import { refused } from './scenes/refused.ts'
import { workloads } from './scenes/workloads.ts'
import { type DemoSetup, must, NotAsExpected, openSetup } from './setup.ts'
import { takeSnapshot } from './snapshot.ts'

/** `open`: a test opens a stage on which something goes wrong. */
export async function runDemo(
  open: (demoConsole: DemoConsole) => Promise<DemoSetup> = openSetup,
  tell: (setup: DemoSetup) => Promise<void> = wholeStory,
): Promise<number> {
  const demoConsole = demoConsoleFor(process.stdout)
  let setup: DemoSetup | undefined
  try {
    setup = await open(demoConsole)
    await tell(setup)
    return 0
  } catch (error) {
    const text = error instanceof NotAsExpected ? `This is not as it should be: ${error.message}` : String((error as Error).stack)
    process.stderr.write(`\n${text}\n`)
    return 1
  } finally {
    await setup?.close()
  }
}

async function wholeStory(setup: DemoSetup): Promise<void> {
  const before = await takeSnapshot(setup)
  await fleet(setup)
  await noConsent(setup)
  await consent(setup)
  await connectMore(setup)
  await kubernetes(setup)
  await workloads(setup)
  await refused(setup)
  await newContainer(setup)
  const backup = backUp(setup)
  await disconnect(setup, before)
  await cleanup(setup, backup)
  sumUp(setup)
}

function sumUp(setup: DemoSetup): void {
  const { demoConsole, local, measured } = setup
  const calls = connectorCalls(setup)
  const updates = calls.filter(
    ({ service, method, path }) => service === 'arm' && method === 'PUT' && /managedClusters\/[^/?]+\?/i.test(path),
  )
  must(updates.length === 1, `one cluster update was enough, not ${updates.length}`)
  must(local.host.violations.length === 0, `the app broke a rule of the Functions host: ${local.host.violations.join('; ')}`)
  demoConsole.heading('The end')
  for (const [what, seconds] of measured) demoConsole.say(`${what.padEnd(22)} ${seconds.toFixed(1).padStart(5)} s`)
  demoConsole.say(`${calls.length} requests to Azure and the clusters, ${changes(calls).length} of them changes, 1 cluster update.`)
  demoConsole.say(`The demo took ${demoConsole.seconds().toFixed(0)} s. To try it yourself: npm start`)
}
