// `npm run test:recordings -- <folder>`: compares the simulated cloud, and the app's own linker API, with recordings of the real Azure. The folder has
// `*.jsonl` files in the form of exchange.ts; they are no part of this repository.
import { startAzurite } from '../../../src/local/cloud/storage/azurite.ts'
import { compare } from './compare.ts'
import { readRecordings } from './exchange.ts'
import { knownDifferences } from './known-differences.ts'
import { comparable } from './relevant.ts'
import { report } from './report.ts'
import { tourCloud } from './tour-cloud.ts'
import { tourLinkers } from './tour-linkers.ts'

const folder = process.argv[2]
if (folder === undefined) {
  console.error('Name the folder with the recordings: npm run test:recordings -- <folder>')
  process.exit(2)
}
const recordings = comparable(readRecordings(folder))
const azurite = await startAzurite()
const answered = [...(await tourCloud()), ...(await tourLinkers(azurite))]
await azurite.close()

const { lines, unexplained } = report(compare(recordings, answered), knownDifferences, recordings.length)
for (const line of lines) console.log(line)
process.exitCode = unexplained === 0 ? 0 : 1
