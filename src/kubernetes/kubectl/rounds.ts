// Gathers what loops ask of a cluster at the same time into one command, because each takes seconds to a minute. One runs at a time; what comes meanwhile
// is gathered for the next.
import { randomBytes } from 'node:crypto'
import { Failure } from '../../errors/failure.ts'
import type { Loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { RunCommand } from '../../ports/run-command.ts'
import { type Answer, answersIn, commandOf, type Statement } from './round.ts'

/** Throws `Failure`. */
export type Run = (statement: Statement) => Promise<Answer>

type Asked = { readonly statement: Statement; answer(answer: Answer): void; fail(error: unknown): void }

/** What a loop asks at once is asked within one turn of the event loop or a few. */
const gatherMs = 20
/** An answer has a few kilobytes, and the output of a command at most 512 (docs/azure-behaviour.md#run-command). */
const mostInOne = 60

const aboutOf = ({ id }: Loop<'cluster'>) => ({ cluster: resourceId(id).name, id })
export const cutShort = (cluster: Loop<'cluster'>): Failure =>
  new Failure({ class: 'transient', code: 'CommandCutShort', about: aboutOf(cluster) })

/** In the order of the statements; `undefined`: cut off. Throws `Failure` if nothing was run. */
export async function runOnce(
  cluster: Loop<'cluster'>,
  runCommand: RunCommand,
  statements: readonly Statement[],
): Promise<readonly (Answer | undefined)[]> {
  const mark = randomBytes(12).toString('hex')
  return answersIn(await runCommand(cluster, commandOf(statements, mark)), statements.length, mark, aboutOf(cluster))
}

/** `most`: statements in one command. */
export function roundsOf(cluster: Loop<'cluster'>, runCommand: RunCommand, most = mostInOne): Run {
  let waiting: Asked[] = []
  let isRunning = false
  async function runOne(round: readonly Asked[]): Promise<void> {
    try {
      const statements = round.map(({ statement }) => statement)
      const answers = await runOnce(cluster, runCommand, statements)
      for (const [at, asked] of round.entries()) {
        const answer = answers[at]
        if (answer) asked.answer(answer)
        else asked.fail(cutShort(cluster))
      }
    } catch (error) {
      for (const asked of round) asked.fail(error)
    }
  }

  async function runAll(): Promise<void> {
    if (isRunning) return
    isRunning = true
    while (waiting.length > 0) {
      await new Promise((over) => setTimeout(over, gatherMs))
      const round = waiting.slice(0, most)
      waiting = waiting.slice(most)
      await runOne(round)
    }
    isRunning = false
  }

  return (statement) =>
    new Promise((answer, fail) => {
      waiting.push({ statement, answer, fail })
      void runAll()
    })
}
