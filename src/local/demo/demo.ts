// `npm run demo`: the main job, on a simulated Azure in real time, with everything in memory. Ends with 0 only if every step went as expected: each
// step checks what it prints. This file only checks Node first, as start.ts does.

import { nodeProblem } from '../start/node-version.ts'

const problem = nodeProblem(process.versions.node)
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}
const given = process.argv.slice(2)
const isEverything = given[0] === '--everything'
if (given.length > (isEverything ? 1 : 0)) {
  process.stderr.write(
    'npm run demo tells the story of three connections; npm run demo -- --everything connects each type of target once.\n',
  )
  process.exit(2)
}
const [{ runDemo }, { everything }] = await Promise.all([import('./story.ts'), import('./everything.ts')])
process.exit(isEverything ? await runDemo(everything.open, everything.tell) : await runDemo())
