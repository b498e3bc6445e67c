// `sc` in a story, as `ada`: what fetch would send goes to the embedded host, and a command that waits lets the story's time pass.
import { main } from '../../src/cli/main.ts'
import type { Scenario } from './scenario.ts'

/** `refuses`: a request that the network loses. */
export async function sc(story: Scenario, args: readonly string[], refuses: (method: string, path: string) => boolean = () => false) {
  const said: string[] = []
  const through: typeof fetch = async (url, { method = 'GET', body } = {}) => {
    const { pathname, search } = new URL(String(url))
    if (refuses(method, pathname)) throw new TypeError('fetch failed')
    const answer = await story.call('ada', method, pathname + search, body ? JSON.parse(String(body)) : undefined)
    const isEmpty = [204, 205, 304].includes(answer.status)
    return new Response(isEmpty ? null : JSON.stringify(answer.body), { status: answer.status, headers: answer.headers })
  }
  const exit = await main(args, {
    terminal: {
      say: (text) => void said.push(text),
      note: (text) => void said.push(text),
      read: async () => '',
      wait: (ms) => story.clock.pass(ms),
      now: () => story.clock.now(),
      env: { SC_APP: 'https://connector.example', SC_TOKEN: 'token' },
    },
    fetch: through,
    credential: async () => ({ getToken: async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) }),
  })
  return { exit, said: said.join('\n') }
}
