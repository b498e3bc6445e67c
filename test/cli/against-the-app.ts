// `sc` against the app's own handlers: what fetch would send goes to the functions, past the network only.
import { main } from '../../src/cli/main.ts'
import { app, request, type TestServices } from '../functions/test-services.ts'

export type Ran = { readonly exit: number; readonly said: string; readonly noted: string }
export type Machine = {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly files?: Readonly<Record<string, string>>
  /** Called whenever the command waits: what happens in the meantime. */
  readonly meanwhile?: () => Promise<void>
  readonly fetch?: typeof fetch
}

const address = 'https://connector.example'

export const through =
  (given: TestServices): typeof fetch =>
  async (url, init) => {
    const { method = 'GET', body } = init ?? {}
    const { pathname, search } = new URL(String(url))
    const answer = await app(() => given.services)(request(method, pathname + search, body ? { text: String(body) } : {}), given.context)
    const { status = 200, headers = {}, body: content } = answer as { status?: number; headers?: Record<string, string>; body?: string }
    return new Response([204, 205, 304].includes(status) ? null : (content ?? null), { status, headers })
  }

export async function sc(given: TestServices, args: readonly string[], machine: Machine = {}): Promise<Ran> {
  const said: string[] = []
  const noted: string[] = []
  const exit = await main(args, {
    terminal: {
      say: (text) => void said.push(text),
      note: (text) => void noted.push(text),
      read: async (file) => machine.files?.[file] ?? '',
      async wait(ms) {
        given.clock.now += ms
        await machine.meanwhile?.()
      },
      now: () => given.clock.now,
      env: { SC_APP: address, SC_TOKEN: 'token', ...machine.env },
    },
    fetch: machine.fetch ?? through(given),
    credential: async () => ({ getToken: async (scope) => ({ token: `for ${scope}`, expiresOnTimestamp: given.clock.now + 3_600_000 }) }),
  })
  return { exit, said: said.join('\n'), noted: noted.join('\n') }
}
