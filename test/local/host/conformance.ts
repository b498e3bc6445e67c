// Replays the recorded scenarios against the embedded host, each on a host of its own, and lists what differs from the recording.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '../../../src/local/clock.ts'
import { setEnvironment } from '../../../src/local/environment.ts'
import { type Host, type HostOptions, startHost } from '../../../src/local/host/host.ts'
import { episodes, type Inputs, invocationsByKind } from './invocations.ts'

export const transcripts = join(import.meta.dirname, '../../transcripts')

export type Scenario = { readonly name: string; readonly needs?: string; readonly onlyWhenNamed?: boolean; readonly capture?: boolean }
export type Difference = { readonly where: string; readonly left: unknown; readonly right: unknown }
type Recording = { readonly steps: object[]; readonly instances: object }
type Recorder = {
  recordScenario(scenario: Scenario, options: object): Promise<{ recording: Recording; inputs?: Inputs; failure?: string }>
}
type Comparer = { differences(left: unknown, right: unknown, where: string): Iterable<Difference> }

const load = async <Module>(file: string): Promise<Module> => (await import(join(transcripts, file))) as Module
const recorder = await load<Recorder>('record.mjs')
const comparer = await load<Comparer>('compare.mjs')
export const { scenarios } = await load<{ scenarios: readonly Scenario[] }>('scenarios.mjs')

const keys = {
  master: 'fake-master-key',
  functions: { default: 'fake-function-key' },
  system: { durabletask_extension: 'fake-durable-key', eventgrid_extension: 'fake-eventgrid-key' },
}

/** Environment variables of one start, put back once the app has read them. */
const withVariables = async <Result>(variables: Record<string, string>, job: () => Promise<Result>): Promise<Result> => {
  const putBack = setEnvironment(variables)
  try {
    return await job()
  } finally {
    putBack()
  }
}

let starts: Promise<unknown> = Promise.resolve()
/** One start at a time: what an app reads from the environment while it loads is the whole process's. */
const startInTurn = (options: HostOptions, variables: Record<string, string>): Promise<Host> => {
  const start = starts.then(() => withVariables(variables, () => startHost(options)))
  starts = start.catch(() => {})
  return start
}

const replayOn = async (scenario: Scenario, folder: string): Promise<Difference[]> => {
  const capture = join(folder, 'capture.jsonl')
  const options: HostOptions = {
    appFolder: join(transcripts, 'app'),
    clock: realClock,
    stateFile: join(folder, 'state.db'),
    strict: false,
    keys,
  }
  let host = await startInTurn(options, { CAPTURE_FILE: capture })
  const port = Number(new URL(host.url).port)
  const control = async ([what, ...variables]: string[]): Promise<void> => {
    if (what === 'stop') return host.stop()
    const given = Object.fromEntries(variables.map((each) => each.split(/=(.*)/s).slice(0, 2)))
    host = await startInTurn({ ...options, port }, { CAPTURE_FILE: capture, ...given })
  }
  try {
    const run = `r${scenario.name.replace(/[^a-z]/g, '').slice(0, 6)}x0-`
    const answer = await recorder.recordScenario(scenario, { base: host.url, run, hub: 'Recording', capture, control })
    if (answer.failure !== undefined) throw new Error(answer.failure)
    const recorded = JSON.parse(readFileSync(join(transcripts, 'scenarios', `${scenario.name}.json`), 'utf8')) as Recording
    const found = [...comparer.differences({ ...recorded, note: undefined }, { ...answer.recording, note: undefined }, '')]
    const file = join(transcripts, 'inputs', `${scenario.name}.json`)
    if (!existsSync(file) || answer.inputs === undefined) return found
    const inputs = JSON.parse(readFileSync(file, 'utf8')) as Inputs
    found.push(...comparer.differences(invocationsByKind(inputs), invocationsByKind(answer.inputs), '.inputs'))
    found.push(...comparer.differences(episodes(inputs), episodes(answer.inputs), '.episodes'))
    return found
  } finally {
    await host.stop()
  }
}

export const replay = async (scenario: Scenario): Promise<Difference[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'transcript-'))
  try {
    return await replayOn(scenario, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the jobs, so many at a time, in order. */
export const inLanes = async <Job, Result>(
  lanes: number,
  jobs: readonly Job[],
  run: (job: Job) => Promise<Result>,
): Promise<Map<Job, Result>> => {
  const results = new Map<Job, Result>()
  const left = [...jobs]
  const lane = async (): Promise<void> => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) results.set(job, await run(job))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}
