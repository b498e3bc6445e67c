// What is installed is what was tested: the lock file names one hash for each package, and no host that a copy could come from.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

type Entry = {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: true
  readonly inBundle?: true
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { readonly packages: Readonly<Record<string, Entry>> }
const installed = Object.entries(packages).filter(([place, { link, inBundle }]) => place !== '' && !link && !inBundle)

it('has a hash for every package of the lock file, those of other platforms included', () => {
  const without = installed.filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)).map(([place]) => place)
  expect(without, 'run `node .ci/complete-lock.mjs`').toEqual([])
})

it('names no registry in the lock file: each machine has its own', () => {
  expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
