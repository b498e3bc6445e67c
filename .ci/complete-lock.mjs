// After `npm install`: puts back into the lock file the optional packages of other platforms that npm leaves out where the registry at hand
// does not have them. Without their entries `npm ci` refuses the lock, here and everywhere; with them it skips what is for another platform.
// Every entry gets the hash that the registry tells, so that `npm ci` takes nothing else on any platform; test/supply-chain.test.ts holds it to that.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const { packages } = lock

/** Where Node would find `name` from the package at `path`. */
const find = (name, path) => {
  for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (packages[place]) return place
    if (at === '') return undefined
  }
}

/** What the registry says of a version; npm keeps the host of the registry out of it. */
function published(name, version) {
  const fields = ['dist.integrity', 'license', 'engines', 'libc']
  const told = JSON.parse(execFileSync('npm', ['view', `${name}@${version}`, ...fields, '--json'], { encoding: 'utf8' }))
  const { 'dist.integrity': integrity, ...rest } = typeof told === 'string' ? { 'dist.integrity': told } : told
  if (!integrity) throw new Error(`The registry knows no hash of ${name}@${version}`)
  return { integrity, ...rest }
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']
for (const [path, entry] of Object.entries(packages))
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (find(name, path)) continue
    const words = name.split(/[-/]/)
    const os = systems.filter((system) => words.includes(system))
    const cpu = processors.filter((processor) => words.includes(processor))
    if (os.length === 0) throw new Error(`${name} is missing from the lock file and names no platform`)
    const place = `node_modules/${name}`
    packages[place] = { version, cpu, ...(entry.dev ? { dev: true } : {}), ...(name.endsWith('musl') ? { libc: ['musl'] } : {}), optional: true, os }
    console.log(`put back: ${name}@${version}`)
  }
for (const [place, entry] of Object.entries(packages)) {
  if (place === '' || entry.integrity || entry.link || entry.inBundle) continue
  const name = entry.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const { version, ...rest } = entry
  packages[place] = { version, ...published(name, version), ...rest }
  console.log(`hash of ${name}@${version}`)
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
