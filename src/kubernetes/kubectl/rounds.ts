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

export function roundsOf(cluster: Loop<'cluster'>, runCommand: RunCommand): Run {
  let waiting: Asked[] = []
  let isRunning = false
  const about = { cluster: resourceId(cluster.id).name, id: cluster.id }

  async function runOne(round: readonly Asked[]): Promise<void> {
    const mark = randomBytes(12).toString('hex')
    try {
      const printed = await runCommand(
        cluster,
        commandOf(
          round.map(({ statement }) => statement),
          mark,
        ),
      )
      const answers = answersIn(printed, round.length, mark, about)
      for (const [at, asked] of round.entries()) {
        const answer = answers[at]
        if (answer) asked.answer(answer)
        else asked.fail(new Failure({ class: 'transient', code: 'CommandCutShort', about }))
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
      const round = waiting.slice(0, mostInOne)
      waiting = waiting.slice(mostInOne)
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
