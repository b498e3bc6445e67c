// Makes dist/: the folder that is deployed, and the very folder that the embedded host loads.
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

const out = process.argv[2] ?? 'dist'
await mkdir(out, { recursive: true })
/** The SDK of OpenTelemetry is larger than many an app and rarely wanted: a file of its own, read where telemetry is switched on. */
const telemetryApart = {
  name: 'telemetry apart',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/sdk\.ts$/ }, () => ({ path: './telemetry.cjs', external: true })),
}
const { metafile } = await build({
  entryPoints: { index: 'src/index.ts', telemetry: 'src/telemetry/sdk.ts' },
  outdir: out,
  outExtension: { '.js': '.cjs' },
  plugins: [telemetryApart],
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
