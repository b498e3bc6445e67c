// Before any test: builds the folder that would be deployed and the command line, because the tests run these very bundles.
import { execFileSync } from 'node:child_process'

export function setup(): void {
  for (const file of ['build.mjs', 'build-sc.mjs']) execFileSync(process.execPath, [file], { stdio: 'inherit' })
}
