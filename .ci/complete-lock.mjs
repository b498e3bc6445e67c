// After `npm install`: puts back into the lock file the optional packages of other platforms that npm leaves out where the registry at hand
// does not have them. Without their entries `npm ci` refuses the lock, here and everywhere; with them it skips what is for another platform.
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
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
