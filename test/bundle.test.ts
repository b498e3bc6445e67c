// The bundle as it is deployed: what an import of it reads, and that the rest is there when it is asked for.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const dist = resolve('dist')

/** The lines of `what` after a process of its own has run `program`. Told by a pipe of its own, for the app writes to the others. */
function after(program: string, what: string): readonly string[] {
  const tell = `require('node:fs').writeSync(3, ${what}.join('\\n')); process.exit()`
  const { output, stderr } = spawnSync(process.execPath, ['-e', `${program};${tell}`], {
    encoding: 'utf8',
    cwd: dist,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const told = output[3]
  if (!told) throw new Error(`The program broke: ${stderr}`)
  return told.split('\n')
}

const filesReadBy = (program: string): readonly string[] =>
  after(program, 'Object.keys(require.cache)')
    .filter((file) => file.startsWith(dist))
    .map((file) => basename(file))

const sourcesOf = (name: string): readonly string[] =>
  (JSON.parse(readFileSync(`${dist}/${name}.cjs.map`, 'utf8')) as { readonly sources: readonly string[] }).sources

/** The API of OpenTelemetry finds itself through a global symbol; the other two only check whether a terminal has colours. */
const mayBeTwice = ['@opentelemetry/api', 'has-flag', 'supports-color']

describe('dist/', () => {
  it('holds the app, and each of the SDKs in a file of its own', () => {
    const code = readdirSync(dist).filter((file) => file.endsWith('.cjs'))
    expect(code.toSorted()).toEqual(['azure.cjs', 'databases.cjs', 'index.cjs', 'kubernetes.cjs', 'telemetry.cjs'])
  })

  it('reads no SDK when it is imported', () => {
    expect(filesReadBy(`require('./index.cjs')`)).toEqual(['index.cjs'])
  })

  it.each(['azure', 'databases', 'kubernetes', 'telemetry'])('has no module twice, in index.cjs and in %s.cjs', (name) => {
    const inIndex = new Set(sourcesOf('index'))
    const twice = sourcesOf(name).filter((file) => inIndex.has(file))
    expect(twice.filter((file) => !mayBeTwice.some((one) => file.includes(`/node_modules/${one}/`)))).toEqual([])
  })

  it('names every package whose code it holds in its notices', () => {
    const files = ['index', 'azure', 'databases', 'kubernetes', 'telemetry'].flatMap(sourcesOf)
    const names = new Set(
      files.map((file) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined),
    )
    const notices = readFileSync(`${dist}/THIRD-PARTY-NOTICES.txt`, 'utf8')
    expect([...names].filter((name) => !notices.includes(`\n${name}@`))).toEqual([])
    expect(names.size).toBeGreaterThan(50)
  })

  it('keeps its source maps out of what is deployed', () => {
    expect(readFileSync(`${dist}/.funcignore`, 'utf8')).toContain('*.map\n')
  })

  it('runs no HTTP client when it is imported: that of durable-functions would load http2', () => {
    const loaded = (program: string) => after(program, 'process.moduleLoadList')
    expect(loaded(`require('./index.cjs')`)).toContain('NativeModule https')
    expect(loaded(`require('./index.cjs')`)).not.toContain('NativeModule http2')
  })

  it('has none of the 50 languages of zod, which `import { z }` would include: it is `import * as z`', () => {
    const locales = sourcesOf('index')
      .filter((file) => file.includes('/zod/') && file.includes('/locales/'))
      .map((file) => basename(file))
    expect(locales).toEqual(['en.js'])
  })

  it.each(['azure', 'databases', 'kubernetes', 'telemetry'])('has all that src/%s/sdk.ts gives', async (name) => {
    const inSource = Object.keys((await import(`../src/${name}/sdk.ts`)) as object)
    const given = JSON.stringify(inSource)
    expect(inSource.length).toBeGreaterThan(0)
    expect(
      filesReadBy(
        `const sdk = require('./${name}.cjs'); for (const one of ${given}) if (sdk[one] === undefined) throw new Error(one + ' is missing')`,
      ),
    ).toEqual([`${name}.cjs`])
  })
})
