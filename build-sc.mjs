// Makes bin/sc.cjs: the command line in one file, with everything that it needs. It is no part of what is deployed.
import { chmod, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { inBundle, notices } from './notices.mjs'

const file = 'bin/sc.cjs'
const { metafile } = await build({
  entryPoints: ['src/cli/sc.ts'],
  outfile: file,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})
await chmod(file, 0o755)
await writeFile('bin/THIRD-PARTY-NOTICES.txt', await notices(inBundle(metafile), 'sc'))
