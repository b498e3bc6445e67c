// `npm start`: the whole product on this machine, with a simulated Azure (start/embedded.ts) or the real one (`--azure`, start/real-azure.ts).
//
// This file only checks Node before anything else is loaded: an older one fails at the first import, with an unhelpful message.

import { nodeProblem } from './start/node-version.ts'

const problem = nodeProblem(process.versions.node)
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}
const { main } = await import('./start/main.ts')
await main(process.argv.slice(2))
