// The embedded Functions host with the app as a process of its own, which can be told to die. Its environment is the app's: proxy, CA, managed
// identity and app settings come with the process, as in Azure.

import { realClock } from '../clock.ts'
import { startHost } from '../host/host.ts'
import { serveParent } from './messages.ts'

export type HostProcessOptions = {
  readonly appFolder: string
  readonly stateFile: string
  /** 0 = a free one. */
  readonly port: number
  readonly visibilityTimeoutMs: number
}

async function start(options: HostProcessOptions) {
  let left = Number.POSITIVE_INFINITY
  const host = await startHost({
    ...options,
    clock: realClock,
    onCommit() {
      if (--left <= 0) process.kill(process.pid, 'SIGKILL')
    },
  })
  return {
    url: () => host.url,
    /** After so many more durable commits it kills itself, in the middle of whatever it does. */
    killAfter: (commits: number): void => {
      left = commits
    },
    commits: () => host.counters.commits,
    violations: () => host.violations,
    run: (name: string) => host.run(name),
  }
}

export type HostProcess = Awaited<ReturnType<typeof start>>

serveParent(start)
