// How long the deployed bundle takes to be read and run once, in a process of its own, and how large it is.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { median } from './counted.ts'

const file = resolve('dist/index.cjs')
const program = `const began = performance.now(); require(${JSON.stringify(file)}); process.stderr.write('took ' + (performance.now() - began))`

const once = (): number => {
  const { stderr } = spawnSync(process.execPath, ['-e', `${program}\nprocess.exit(0)`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  const [, took] = /took ([\d.]+)/.exec(stderr) ?? []
  if (took === undefined) throw new Error(`The bundle could not be imported: ${stderr}`)
  return Number(took)
}

export const importing = (runs: number): { readonly medianMs: number; readonly megabytes: number } => ({
  medianMs: median(Array.from({ length: runs }, once)),
  megabytes: statSync(file).size / 1e6,
})
