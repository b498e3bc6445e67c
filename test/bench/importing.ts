// How long the deployed bundle takes to be read and run once, in a process of its own, and how large it is.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { median } from './counted.ts'

const file = resolve('dist/index.cjs')
const program = `const cpu = process.cpuUsage(), began = performance.now()
require(${JSON.stringify(file)})
const took = performance.now() - began, { user, system } = process.cpuUsage(cpu)
process.stderr.write('took ' + took + ' and ' + (user + system) / 1000)
process.exit(0)`

/** `cpuMs` is what it takes of a processor: on a busy machine the clock tells more about the others. */
type Import = { readonly wallMs: number; readonly cpuMs: number }

function once(): Import {
  const { stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  const [, wallMs, cpuMs] = /took ([\d.]+) and ([\d.]+)/.exec(stderr) ?? []
  if (wallMs === undefined || cpuMs === undefined) throw new Error(`The bundle could not be imported: ${stderr}`)
  return { wallMs: Number(wallMs), cpuMs: Number(cpuMs) }
}

export function importing(runs: number): Import & { readonly megabytes: number } {
  const all = Array.from({ length: runs }, once)
  return {
    wallMs: median(all.map((run) => run.wallMs)),
    cpuMs: median(all.map((run) => run.cpuMs)),
    megabytes: statSync(file).size / 1e6,
  }
}
