// Before any story: builds the folder that would be deployed and the command line, because the tests run these very bundles, and starts the one Azurite
// in which each world of the run claims accounts of its own. Two projects of one run ask for it, and get the same.
import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { type AzuriteAddress, startAzurite } from '../src/local/cloud/storage/azurite.ts'

declare module 'vitest' {
  interface ProvidedContext {
    azurite: AzuriteAddress
  }
}

const shared = 'AZURITE_OF_RUN'

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const started = process.env[shared]
  if (started !== undefined) {
    project.provide('azurite', JSON.parse(started) as AzuriteAddress)
    return undefined
  }
  for (const file of ['build.mjs', 'build-sc.mjs']) execFileSync(process.execPath, [file], { stdio: 'inherit' })
  const azurite = await startAzurite()
  process.env[shared] = JSON.stringify(azurite.address)
  project.provide('azurite', azurite.address)
  return async () => {
    delete process.env[shared]
    await azurite.close()
  }
}
