// How a test speaks with a program that runs as its own process: questions and answers over Node's IPC channel, which also carries what JSON
// cannot (regular expressions of fault rules). A program ends when its parent does.

import { type ChildProcess, fork } from 'node:child_process'

type Question = { readonly ask: string; readonly id: number; readonly what: unknown }
type Reply = { readonly id: number } & ({ readonly answer: unknown } | { readonly error: string })
/** What a program can be asked: name -> handler. */
export type Handlers = Readonly<Record<string, (what: never) => unknown>>

export type Program<H extends Handlers> = {
  readonly pid: number
  ask<N extends keyof H & string>(name: N, what: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>>
  /** SIGKILL: nothing is put in order. */
  kill(): Promise<void>
  /** Resolves with signal or exit code. */
  readonly ended: Promise<string>
}

/** In the program: answers until the parent is gone. `options` come with the first message. */
export function serveParent<O>(start: (options: O) => Promise<Handlers>): void {
  let handlers: Handlers | undefined
  const answer = async ({ ask, what }: Question): Promise<unknown> => {
    if (ask === 'start') {
      handlers = await start(what as O)
      return undefined
    }
    const handler = handlers?.[ask]
    if (!handler) throw new Error(`This program cannot be asked '${ask}'`)
    return await handler(what as never)
  }
  process.on('message', (question: Question) => {
    answer(question).then(
      (given) => process.send?.({ id: question.id, answer: given } satisfies Reply),
      (error: Error) => process.send?.({ id: question.id, error: error.stack ?? error.message } satisfies Reply),
    )
  })
  process.on('disconnect', () => process.exit())
}

/** Starts a program file of this folder as a process of its own. */
export async function startProgram<H extends Handlers>(
  file: URL,
  options: unknown,
  env: Readonly<Record<string, string>>,
): Promise<Program<H>> {
  const child = fork(file, [], {
    serialization: 'advanced',
    // nothing of this process' environment: what the program needs is given to it, as to a deployed app
    env: { PATH: process.env['PATH'] ?? '', ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ended = new Promise<string>((done) => child.once('exit', (code, signal) => done(signal ?? String(code))))
  child.on('message', (reply: Reply) => {
    const question = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('error' in reply) question?.reject(new Error(reply.error))
    else question?.resolve(reply.answer)
  })
  void ended.then((how) => {
    for (const question of waiting.values()) question.reject(new Error(`The process ended: ${how}`))
    waiting.clear()
  })
  const ask = asker(child, waiting)
  await ask('start', options)
  return {
    pid: child.pid ?? 0,
    ask: (name, what) => ask(name, what) as never,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    ended,
  }
}

const asker = (child: ChildProcess, waiting: Map<number, PromiseWithResolvers<unknown>>) => {
  let last = 0
  return (ask: string, what: unknown): Promise<unknown> => {
    const id = ++last
    const question = Promise.withResolvers<unknown>()
    waiting.set(id, question)
    child.send({ ask, id, what } satisfies Question, (error) => {
      if (error) question.reject(error)
    })
    return question.promise
  }
}
