// Makes dist/: the folder that is deployed, and the very folder that the embedded host loads.
import { cp, glob, mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { build } from 'esbuild'
import { inBundle, notices } from './notices.mjs'

const out = process.argv[2] ?? 'dist'
await mkdir(out, { recursive: true })

/** Each `src/<name>/sdk.ts` is `<name>.cjs`, which is read when something of it is used for the first time: docs/adr/0008-sdks-apart.md */
const sdks = Object.fromEntries((await Array.fromAsync(glob('src/*/sdk.ts'))).map((file) => [basename(dirname(file)), file]))
const sdksApart = {
  name: 'SDKs apart',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/sdk\.ts$/ }, ({ kind, path, resolveDir }) =>
      kind === 'entry-point' ? undefined : { path: resolve(resolveDir, path), namespace: 'apart' },
    )
    onLoad({ filter: /.*/, namespace: 'apart' }, async ({ path }) => {
      const file = `./${basename(dirname(path))}.cjs`
      const getters = (await exportsOf(path)).map((name) => `get ${name}() { return require('${file}').${name} }`)
      return { contents: `module.exports = { __esModule: true, ${getters.join(', ')} }`, resolveDir: dirname(path) }
    })
    onResolve({ filter: /\.cjs$/, namespace: 'apart' }, ({ path }) => ({ path, external: true }))
  },
}

/**
 * What durable-functions asks the hub with, and checks URLs by, takes a third of what is left of an import. It stays in the file, but does not run before
 * it is used, which is when the hub is asked.
 */
const hubLater = {
  name: 'hub later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(axios|validator)$/ }, ({ importer, path, resolveDir }) =>
      importer.includes('node_modules/durable-functions/') ? { path, namespace: 'later', pluginData: { resolveDir } } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'later' }, ({ path, pluginData }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require('${path}')[name] })`,
      ...pluginData,
    }))
  },
}

/** The driver of Azure SQL can also get tokens and keys by itself, which the app does for it: that would be another megabyte. */
const driverAlone = {
  name: 'driver alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@azure\/(identity|keyvault-keys)$/ }, ({ importer, path }) =>
      importer.includes('node_modules/tedious/') ? { path, namespace: 'left out' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'left out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

async function exportsOf(file) {
  const { metafile } = await build({
    entryPoints: [file],
    packages: 'external',
    bundle: true,
    format: 'esm',
    outdir: out,
    write: false,
    metafile: true,
  })
  return Object.values(metafile.outputs).flatMap((output) => output.exports)
}

const { metafile } = await build({
  entryPoints: { index: 'src/index.ts', ...sdks },
  outdir: out,
  outExtension: { '.js': '.cjs' },
  plugins: [sdksApart, hubLater, driverAlone],
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs', // the Functions worker hands out @azure/functions-core through Module.prototype.require
  external: ['@azure/functions-core'],
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: 'linked',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})
const local = Object.keys(metafile.inputs).filter((file) => file.startsWith('src/local/'))
if (local.length > 0) throw new Error(`The bundle must contain nothing of src/local/, but has: ${local.join(', ')}`)
await cp('host.json', `${out}/host.json`)
await writeFile(`${out}/package.json`, `${JSON.stringify({ name: 'aks-service-connector', private: true, main: 'index.cjs' }, null, 2)}\n`)
await writeFile(`${out}/THIRD-PARTY-NOTICES.txt`, await notices(inBundle(metafile)))
// Source maps are for whoever reads a stack trace here: the app never reads them, and they are two thirds of the folder.
await writeFile(`${out}/.funcignore`, '*.map\n.funcignore\n')
