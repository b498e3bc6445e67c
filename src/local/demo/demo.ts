// `npm run demo`: the main job, on a simulated Azure in real time, with everything in memory. Ends with 0 only if every step went as expected: each
// step checks what it prints. This file only checks Node first, as start.ts does.

import { nodeProblem } from '../start/node-version.ts'

const problem = nodeProblem(process.versions.node)
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}
const { runDemo } = await import('./story.ts')
process.exit(await runDemo())
