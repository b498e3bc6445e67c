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

/** In a function of its own, whose variables hold nothing when it has ended. */
async function startAndStop(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'app-'))
  mkdirSync(join(folder, 'dist'))
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "main": "dist/index.cjs" }')
  writeFileSync(join(folder, 'dist/index.cjs'), code)
  const app = await loadApp(folder, () => {})
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
