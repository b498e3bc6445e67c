// Before any story: builds the folder that would be deployed and the command line, because the tests run these very bundles, and starts the one Azurite
// in which each world of the run claims accounts of its own.
import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { type AzuriteAddress, startAzurite } from '../src/local/cloud/storage/azurite.ts'

declare module 'vitest' {
  interface ProvidedContext {
    azurite: AzuriteAddress
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  for (const file of ['build.mjs', 'build-sc.mjs']) execFileSync(process.execPath, [file], { stdio: 'inherit' })
  const azurite = await startAzurite()
  project.provide('azurite', azurite.address)
  return () => azurite.close()
}
