// A shell that stays, as a person's terminal does: what one line sets, the next one has.

import { spawn } from 'node:child_process'

export type Shell = {
  /** Runs one line; answers what it wrote to both streams, and its exit code. */
  run(line: string): Promise<{ readonly output: string; readonly code: number }>
  close(): void
}

const end = '--end-of-line--'

export function openShell(env: Readonly<Record<string, string>>): Shell {
  const child = spawn('sh', [], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  let heard = (): void => {}
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      heard()
    })
  return {
    run: (line) =>
      new Promise((done) => {
        output = ''
        heard = () => {
          const [, before = '', code] = new RegExp(`^([\\s\\S]*)${end}(\\d+)\\n$`).exec(output) ?? []
          if (code !== undefined) done({ output: before, code: Number(code) })
        }
        child.stdin.write(`${line}\necho "${end}$?"\n`)
      }),
    close: () => void child.kill(),
  }
}
