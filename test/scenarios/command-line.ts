// `sc` in a story, as `ada`: it calls the app where App Service's front has it, and a command that waits lets the story's time pass.
import { main } from '../../src/cli/main.ts'
import type { Scenario } from './scenario.ts'

type Machine = {
  /** A request that the network loses. */
  readonly refuses?: (method: string, path: string) => boolean
  readonly files?: Readonly<Record<string, object>>
  /** So many times as long as it is asked to, it waits. */
  readonly slow?: number
  readonly env?: Readonly<Record<string, string>>
}

export async function sc(
  story: Scenario,
  args: readonly string[],
  { refuses = () => false, files = {}, slow = 1, env = {} }: Machine = {},
) {
  const said: string[] = []
  const through: typeof fetch = async (url, init = {}) => {
    if (refuses(init.method ?? 'GET', new URL(String(url)).pathname)) throw new TypeError('fetch failed')
    return await fetch(url, init)
  }
  const exit = await main(args, {
    terminal: {
      say: (text) => void said.push(text),
      note: (text) => void said.push(text),
      read: async (file) => JSON.stringify(files[file] ?? ''),
      wait: (ms) => story.clock.pass(ms * slow),
      now: () => story.clock.now(),
      env: { SC_APP: story.front.url, SC_TOKEN: await story.token('ada'), ...env },
    },
    fetch: through,
    credential: () => Promise.reject(new Error('It has a token')),
  })
  return { exit, said: said.join('\n') }
}
