// Compiles and lints every Bicep file, and those that problems print, with the real compiler: any error or warning fails. Without a compiler it says so
// and passes, because a laptop need not have one; CI fetches it (.ci/run). `BICEP` names the executable, otherwise it is looked for on PATH.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { printedFiles } from './printed.ts'

const bicep = process.env['BICEP'] ?? 'bicep'
const run = (...args: string[]) => spawnSync(bicep, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

const version = run('--version')
if (version.error) {
  console.log(`check:infra: no Bicep compiler at '${bicep}', so the Bicep files were not compiled. Install it or set BICEP to its path.`)
} else {
  const files = [...globSync('infra/**/*.{bicep,bicepparam}'), ...printedFiles()]
  const diagnostics = files.flatMap((file) => {
    const { status, stderr } = file.endsWith('.bicepparam') ? run('build-params', file, '--stdout') : run('build', file, '--stdout')
    const lines = stderr.split('\n').filter((line) => /\) : (Error|Warning|Info) /.test(line))
    return status === 0 || lines.length > 0 ? lines : [`${file}: bicep ended with ${status}: ${stderr}`]
  })
  for (const line of new Set(diagnostics)) console.error(line)
  console.log(`check:infra: ${version.stdout.trim()}: ${files.length} files, ${new Set(diagnostics).size} diagnostics`)
  if (diagnostics.length > 0) process.exitCode = 1
}
