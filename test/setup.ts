// Before any test: builds the folder that would be deployed, for the tests run that very bundle.
import { execFileSync } from 'node:child_process'

export function setup(): void {
  execFileSync(process.execPath, ['build.mjs'], { stdio: 'inherit' })
}
