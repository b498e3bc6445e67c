import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { loadApp } from '../../../src/local/host/app.ts'

const code = `
  require('@azure/functions').app.timer('often', { schedule: '0 * * * * *', handler: () => {} })
  globalThis.apps = [...(globalThis.apps ?? []), new WeakRef(module)]`

function makeApp(main: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'app-'))
  mkdirSync(join(folder, 'dist'))
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "main": "dist/index.cjs" }')
  writeFileSync(join(folder, 'dist/index.cjs'), main)
  return folder
}

/** In a function of its own, whose variables hold nothing when it has ended. */
async function startAndStop(): Promise<void> {
  const folder = makeApp(code)
  const app = await loadApp(folder, { log: () => {} })
  expect([...app.functions.values()]).toHaveLength(1)
  await app.stop()
  rmSync(folder, { recursive: true })
}

// Thousands of stories are told in one process, each with an app of its own. What all of them share knows who first asked for it, and keeps that one.
it('keeps no more than one of the apps that were stopped', async () => {
  for (let apps = 0; apps < 4; apps++) await startAndStop()
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  await wait(10)
  gc()
  const { apps } = globalThis as unknown as { readonly apps: readonly WeakRef<object>[] }
  expect(apps).toHaveLength(4)
  expect(apps.filter((app) => app.deref() !== undefined).length).toBeLessThanOrEqual(1)
})

it('evaluates files that it is told to keep once, and all others at each start', async () => {
  const evaluated = { kept: 0, own: 0 }
  Object.assign(globalThis, { evaluated })
  const folder = makeApp(`${code}\nfor (const name of ['kept', 'own']) require(\`./\${name}.cjs\`)`)
  for (const name of ['kept', 'own']) writeFileSync(join(folder, `dist/${name}.cjs`), `globalThis.evaluated.${name}++`)
  for (let runs = 0; runs < 3; runs++) await (await loadApp(folder, { keep: [join('dist', 'kept.cjs')], log: () => {} })).stop()
  expect(evaluated).toEqual({ kept: 1, own: 3 })
  rmSync(folder, { recursive: true })
})
