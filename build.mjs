// Makes dist/: the folder that is deployed, and the very folder that the embedded host loads.
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const out = process.argv[2] ?? 'dist'
await mkdir(out, { recursive: true })
const { metafile } = await build({
  entryPoints: ['src/index.ts'],
  outfile: `${out}/index.cjs`,
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
