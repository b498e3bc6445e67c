// `npm start` as a test runs it: the same program as a process of its own, in a folder and on ports of the test.

import { type ChildProcess, spawn } from 'node:child_process'
import { portsFrom, takenPorts } from '../../src/local/start/ports.ts'

export type Started = {
  readonly pid: number
  /** All that it has said up to now. */
  readonly output: () => string
  /** Resolves when the text has been said; throws when the program ends before. */
  said(text: string): Promise<void>
  /** Sends the signal; answers exit code (or signal) and how long it took. */
  stop(signal: NodeJS.Signals): Promise<{ readonly ended: string; readonly ms: number }>
  readonly ended: Promise<string>
}

const patience = 30_000

export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}, file = 'src/local/start.ts'): Started {
  const child: ChildProcess = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of heard) listener()
    })
  const ended = new Promise<string>((done) => child.once('close', (code, signal) => done(signal ?? String(code))))
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    said: (text) =>
      new Promise((done, failed) => {
        const fail = (why: string): void => failed(new Error(`${why} before it said '${text}':\n${output}`))
        const timer = setTimeout(() => fail('30 s passed'), patience)
        const listen = (): void => {
          if (!output.includes(text)) return
          heard.delete(listen)
          clearTimeout(timer)
          done()
        }
        heard.add(listen)
        listen()
        void ended.then((how) => fail(`It ended (${how})`))
      }),
    async stop(signal) {
      const began = performance.now()
      child.kill(signal)
      return { ended: await ended, ms: performance.now() - began }
    },
  }
}

/** First of five free ports in a row. */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 30_000)
    if ((await takenPorts(Object.values(portsFrom(first)))).length === 0) return first
  }
}
