// HTTPS through the simulated cloud's proxy, as any tool outside would do it: `HTTPS_PROXY` and a CA, nothing else.

import { Agent, request } from 'node:https'

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: unknown }
export type Send = (
  method: string,
  url: string | URL,
  options?: { readonly token?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Answer>

/** `body`: text is sent as it is, anything else as JSON. The answer's is parsed where it is JSON. */
export function throughProxy({ proxyUrl, ca }: { readonly proxyUrl: string; readonly ca: string | readonly string[] }): {
  readonly send: Send
  close(): void
} {
  const agent = new Agent({ keepAlive: true, proxyEnv: { HTTPS_PROXY: proxyUrl }, ca: [ca].flat() })
  return {
    send: (method, url, { token, body, headers } = {}) =>
      new Promise((done, failed) => {
        const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
        const outgoing = request(
          url,
          {
            method,
            agent,
            headers: {
              ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
              ...(content === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
              ...headers,
            },
          },
          (response) => {
            const parts: Buffer[] = []
            response.on('data', (part: Buffer) => parts.push(part))
            response.on('error', failed)
            response.on('end', () =>
              done({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(Buffer.concat(parts).toString()) }),
            )
          },
        )
        outgoing.on('error', failed)
        outgoing.end(content)
      }),
    close: () => agent.destroy(),
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}
