// Counts the tests that passed only when tried again. CI tries a failed test once more, because the order of real sockets differs from run to run;
// more than a few of those mean that a story is not certain, and then the run fails.
import type { Reporter, TestModule } from 'vitest/node'

export class Retries implements Reporter {
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const retried = modules.flatMap((module) =>
      [...module.children.allTests()]
        .filter((test) => test.ok() && (test.diagnostic()?.retryCount ?? 0) > 0)
        .map((test) => `${module.relativeModuleId} > ${test.fullName}`),
    )
    if (retried.length === 0) return
    process.stdout.write(
      `Passed on the second try (${retried.length}, at most ${this.#most}):\n${retried.map((name) => `  ${name}\n`).join('')}`,
    )
    if (retried.length > this.#most) process.exitCode = 1
  }
}
