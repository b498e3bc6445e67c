// Tasks whose continuations run at once, inside `settle`: the Durable Task Framework's way, which promises cannot imitate.

export type Task = {
  settled(): boolean
  failed(): boolean
  whenSettled(run: () => void): void
}

export type Settable = Task & { settle(failed?: boolean): void }

export const settable = (): Settable => {
  let outcome: 'open' | 'done' | 'failed' = 'open'
  const waiting: (() => void)[] = []
  return {
    settled: () => outcome !== 'open',
    failed: () => outcome === 'failed',
    whenSettled(run) {
      if (outcome === 'open') waiting.push(run)
      else run()
    },
    settle(failed = false) {
      if (outcome !== 'open') return
      outcome = failed ? 'failed' : 'done'
      for (const run of waiting.splice(0)) run()
    },
  }
}

export const done = (): Task => {
  const task = settable()
  task.settle()
  return task
}

/** A cancelled task counts as completed: its waiter continues at once. */
export const cancelled = (): Task => {
  const task = settable()
  task.settle(true)
  return task
}

/** Settles with the first of them. */
export const any = (tasks: readonly Task[]): Task => {
  const whole = settable()
  for (const task of tasks) task.whenSettled(() => whole.settle())
  return whole
}

/** Settles when every one of them has, also after a failure. */
export const all = (tasks: readonly Task[]): Task => {
  const whole = settable()
  let left = tasks.length
  if (left === 0) whole.settle()
  for (const task of tasks)
    task.whenSettled(() => {
      if (--left === 0) whole.settle(tasks.some((each) => each.failed()))
    })
  return whole
}
