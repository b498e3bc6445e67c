// Requests to the front as they are written: nothing is normalised, and a body can come in chunks. And what the app has stored, as text.
import { request as httpRequest } from 'node:http'
import { type Dispatcher, request as overProxy, ProxyAgent } from 'undici'
import type { Scenario } from './scenario.ts'

export type Raw = {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Sent in pieces of this size, without a length. */
  readonly chunk?: number
  /** `undefined`: no token. Default: ada. */
  readonly token?: string | undefined
}
export type RawAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly text: string
}

export async function ask(story: Scenario, raw: Raw): Promise<RawAnswer> {
  const { hostname, port } = new URL(story.front.url)
  const token = 'token' in raw ? raw.token : await story.token('ada')
  const content = raw.body === undefined ? undefined : Buffer.from(raw.body as string)
  return await new Promise((done, failed) => {
    const outgoing = httpRequest(
      {
        hostname,
        port,
        method: raw.method ?? 'GET',
        path: raw.path,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...(content === undefined || raw.chunk ? {} : { 'content-length': content.length }),
          ...raw.headers,
        },
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', failed)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          done({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(text), text })
        })
      },
    )
    outgoing.on('error', failed)
    if (content && raw.chunk) for (let at = 0; at < content.length; at += raw.chunk) outgoing.write(content.subarray(at, at + raw.chunk))
    outgoing.end(raw.chunk ? undefined : content)
  })
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

/** All rows of the app's own table, in the order of their keys: read as the app itself reads them, so a fault that was meant for it may come here. */
export async function tableRows(story: Scenario): Promise<readonly Row[]> {
  for (let tries = 0; ; tries++)
    try {
      return await rowsOf(story)
    } catch (error) {
      if (tries === 5) throw error
    }
}

type Row = Readonly<Record<string, unknown>>

async function rowsOf(story: Scenario): Promise<readonly Row[]> {
  const dispatcher = new ProxyAgent({ uri: story.cloud.proxyUrl('functions'), requestTls: { ca: story.cloud.caPem } })
  const token = await story.cloud.entra.token({ oid: story.cloud.app.principalId }, 'https://storage.azure.com')
  const rows: Row[] = []
  let next: string | undefined = ''
  try {
    while (next !== undefined) {
      const url: string = `https://connectorstate.table.core.windows.net/${process.env['CONNECTOR_TABLE']}()?${next}`
      const answer: Dispatcher.ResponseData = await overProxy(url, {
        dispatcher,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json;odata=nometadata', 'x-ms-version': '2019-02-02' },
      })
      const text = await answer.body.text()
      if (answer.statusCode === 404 && text.includes('TableNotFound')) return []
      if (answer.statusCode !== 200) throw new Error(`The table could not be read: ${answer.statusCode} ${text}`)
      rows.push(...(JSON.parse(text) as { value: Row[] }).value)
      const [partition, row] = ['partition', 'row'].map((kind) => answer.headers[`x-ms-continuation-next${kind}key`])
      next = partition === undefined ? undefined : `NextPartitionKey=${partition}&NextRowKey=${row ?? ''}`
    }
  } finally {
    await dispatcher.close()
  }
  return rows
}
