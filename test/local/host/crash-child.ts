// A host in a process of its own that kills itself after so many commits: `node crash-child.ts <state file> <commits> <visibility timeout in ms> <orchestrator> <input>`.
// It starts the instance `one` where there is none, prints its status when that is over, and ends.

import { realClock } from '../../../src/local/clock.ts'
import { startHost } from '../../../src/local/host/host.ts'
import { isOver, type Status, testApp } from './running-host.ts'

const [stateFile = '', commits = '0', visibilityTimeout = '0', orchestrator = '', input = 'null'] = process.argv.slice(2)
let left = Number(commits)

const host = await startHost({
  appFolder: testApp,
  clock: realClock,
  stateFile,
  visibilityTimeoutMs: Number(visibilityTimeout),
  onCommit: (what) => {
    if (what !== 'timer status' && --left === 0) process.kill(process.pid, 'SIGKILL')
  },
})
const durable = `${host.url}/runtime/webhooks/durabletask`
const status = () => fetch(`${durable}/instances/one`)
if ((await status()).status === 404)
  await fetch(`${durable}/orchestrators/${orchestrator}/one`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: input,
  })
for (;;) {
  const now = (await (await status()).json()) as Status
  if (isOver(now)) {
    process.stdout.write(JSON.stringify({ ...now, invocations: host.counters.invocations, violations: host.violations }))
    break
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
}
await host.stop()
process.exit(0)
