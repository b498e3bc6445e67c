// The process is killed with SIGKILL between commits, again and again: what is in SQLite is enough to go on.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Status } from './running-host.ts'

type Outcome = Status & { readonly invocations: Record<string, number>; readonly violations: string[] }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs the host until the instance is over, or until it has killed itself after `commits` commits (then: undefined). */
const live = (commits: number, visibilityTimeoutMs: number, orchestrator: string, input: unknown): Promise<Outcome | undefined> =>
  new Promise((resolve, reject) => {
    const args = [
      join(import.meta.dirname, 'crash-child.ts'),
      join(folder, 'state.db'),
      String(commits),
      String(visibilityTimeoutMs),
      orchestrator,
      JSON.stringify(input),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined)
      else if (code === 0) resolve(JSON.parse(out) as Outcome)
      else reject(new Error(errors))
    })
  })

describe('a host that is killed', () => {
  // One start, five or six episodes and two commits for each of four activities are some fifteen commits.
  // (Two would never get further than the starts of the two parallel ones.)
  for (const commits of [3, 5])
    it(`after every ${commits} commits still brings the orchestration to its end`, async () => {
      let lives = 1
      let outcome = await live(commits, 300, 'journey', null)
      for (; outcome === undefined && lives < 20; lives++) outcome = await live(commits, 300, 'journey', null)
      expect(outcome).toMatchObject({ runtimeStatus: 'Completed', output: [2, 4, 6, 8], violations: [] })
      expect(lives).toBeGreaterThan(2)
    }, 60_000)

  it('runs an activity that was under way again, once its visibility timeout is over', async () => {
    // Commits: start, episode, activity started -> killed while it works.
    expect(await live(3, 4000, 'slow', { ms: 10, value: 'done' })).toBeUndefined()
    const killed = Date.now()
    const outcome = await live(1000, 4000, 'slow', null)
    expect(outcome).toMatchObject({ runtimeStatus: 'Completed', output: 'done', invocations: { slowWork: 1 } })
    expect(Date.now() - killed).toBeGreaterThan(1000)
  }, 30_000)
})
