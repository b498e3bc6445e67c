// Commands that change or check a connection: connect, disconnect, reconcile, pause, resume, validate; and any other request.
import { ownVersion } from '../../linker/versions.ts'
import { clusterOption, secondsOf, wordsOf } from '../arguments.ts'
import type { Command, Options, Session } from '../command.ts'
import { CommandError, usage } from '../exit.ts'
import { jsonIn } from '../input.ts'
import { linkerIn, linkerText } from '../linker.ts'
import { bodyFrom, wordOptions, wordsWith } from '../linker-body.ts'
import { clusterOf, linkerPath } from '../place.ts'
import { table } from '../print.ts'
import { steadily } from '../steadily.ts'
import { exitOf, timeoutOption, watched } from './connections.ts'

const waitOptions: Options = { 'no-wait': { about: 'do not wait until it is done' }, ...timeoutOption }

export const connect: Command = {
  name: 'connect',
  about: 'Creates or changes a connection, and says each step until it is there',
  words: '<name> [<type>:<target>[?<option>=<value>&…]]',
  options: {
    ...clusterOption,
    ...wordOptions,
    file: {
      short: 'f',
      value: '<file>',
      about: 'the body of the connection as JSON (docs/http-api.md) instead of words; - is standard input',
    },
    ...waitOptions,
  },
  examples: [
    'sc connect photos storage-blob:stphotos --namespace web',
    "sc connect photos 'storage-blob:media/stphotos?namespace=web&auth=secret'",
  ],
  async run(session) {
    const { api, given, terminal } = session
    const [name = '', words, ...more] = given.words
    if (name === '') throw usage('<name> is missing.')
    if (more.length > 0) throw usage(`'${more[0]}' is one word too many.`)
    const file = given.text('file')
    if ((file === undefined) === (words === undefined)) throw usage('Say what to connect: <type>:<target>, or --file with a body.')
    const cluster = clusterOf(session)
    const body =
      words === undefined ? jsonIn(await terminal.read(file ?? ''), file ?? '') : bodyFrom(wordsWith(words, given), name, cluster)
    const path = linkerPath(cluster, name)
    const made = linkerIn((await api.call('PUT', path, body)).body)
    const linker = given.has('no-wait') ? made : await watched(session, path)
    if (!linker) throw new CommandError('conflict', `The connection ${name} was removed in the meantime.`)
    return { data: linker, text: linkerText(linker), ...exitOf(linker) }
  },
}

export const disconnect: Command = {
  name: 'disconnect',
  about: 'Removes a connection on both sides',
  words: '<name>',
  options: { ...clusterOption, ...waitOptions },
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const path = linkerPath(clusterOf(session), name)
    const { status, headers } = await session.api.call('DELETE', path)
    if (status === 204) return { data: null, text: `There is no connection '${name}'.` }
    if (session.given.has('no-wait')) return { data: null, text: `${name} is being removed.` }
    const { status: end, warning } = await ended(session, headers)
    const text = end === 'Succeeded' ? `${name} is removed.` : `${name} was not removed: the operation ended as ${end}.`
    return {
      data: { name, status: end, ...(warning ? { warning } : {}) },
      text: warning ? `${text}\nwarning: ${warning}` : text,
      ...(end === 'Succeeded' ? {} : { exit: 'failed' as const }),
    }
  },
}

type Operation = { readonly status?: string; readonly properties?: { readonly warning?: string } | null }

/** The operation that the headers name, once it has ended. @throws CommandError when the time is up. */
export async function ended({ api, given, terminal }: Session, headers: Headers) {
  const url = headers.get('azure-asyncoperation')
  if (url === null) throw new CommandError('unexpected', 'The app named no operation to wait for.')
  const seconds = secondsOf(given, 'timeout', 3600)
  const end = terminal.now() + seconds * 1000
  for (let told = ''; ; ) {
    const { status = 'Unknown', properties } = (await steadily(() => api.call('GET', url), terminal)).body as Operation
    if (['Succeeded', 'Failed', 'Canceled'].includes(status)) return { status, properties, warning: properties?.warning }
    if (status !== told) terminal.note(`${new Date(terminal.now()).toISOString()}  ${status}`)
    told = status
    if (terminal.now() >= end) throw new CommandError('timeout', `It is still ${status} after ${seconds} seconds. The app goes on.`)
    await terminal.wait(2_000)
  }
}

export const reconcile: Command = {
  name: 'reconcile',
  about: 'Reconciles a connection and the loops that it shares now',
  words: '<name>',
  options: clusterOption,
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const { body } = await session.api.call('POST', linkerPath(clusterOf(session), name, '/reconcile'))
    return { data: body, text: `${name} is being reconciled: sc show ${name} --watch` }
  },
}

const pausing = (name: 'pause' | 'resume', about: string): Command => ({
  name,
  about,
  words: '<name>',
  options: clusterOption,
  async run(session) {
    const [connection = ''] = wordsOf(session.given, '<name>')
    const path = linkerPath(clusterOf(session), connection)
    const linker = linkerIn((await session.api.call('PATCH', path, { properties: { paused: name === 'pause' } })).body)
    const text = name === 'pause' ? 'is paused: nothing is written for it' : 'is not paused any more'
    return { data: linker, text: `${connection} ${text}: sc show ${connection}` }
  },
})
export const pause = pausing('pause', 'Lets the app look at a connection, and write nothing for it')
export const resume = pausing('resume', 'Ends the pause of a connection: what was held back is written')

type Item = { readonly name: string; readonly result: string; readonly description?: string; readonly errorMessage?: string }

export const validate: Command = {
  name: 'validate',
  about: 'Checks a connection item by item, as Azure Service Connector does',
  words: '<name>',
  options: { ...clusterOption, ...timeoutOption },
  async run(session) {
    const [name = ''] = wordsOf(session.given, '<name>')
    const { headers } = await session.api.call('POST', linkerPath(clusterOf(session), name, '/validateLinker'))
    const { properties } = await ended(session, headers)
    const { isConnectionAvailable, validationDetail = [] } = (properties ?? {}) as {
      readonly isConnectionAvailable?: boolean
      readonly validationDetail?: readonly Item[]
    }
    const rows = validationDetail.map((item) => [item.name, item.result, item.errorMessage ?? item.description ?? ''])
    return {
      data: properties,
      text: table(['ITEM', 'RESULT', ''], rows),
      ...(isConnectionAvailable ? {} : { exit: 'failed' as const }),
    }
  },
}

export const rest: Command = {
  name: 'rest',
  about: 'Any other request: prints what the app answers',
  words: '<method> <path>',
  options: { file: { short: 'f', value: '<file>', about: 'the body as JSON; - is standard input' } },
  examples: ['sc rest GET /openapi.json'],
  async run({ api, given, terminal }) {
    const [method = '', path = ''] = wordsOf(given, '<method>', '<path>')
    const known = (['GET', 'PUT', 'PATCH', 'POST', 'DELETE'] as const).find((one) => one === method.toUpperCase())
    if (!known) throw usage(`'${method}' is none of GET, PUT, PATCH, POST, DELETE.`)
    const file = given.text('file')
    const below = path.startsWith('/subscriptions/') && !path.includes('api-version=')
    const whole = below ? `${path}${path.includes('?') ? '&' : '?'}api-version=${ownVersion}` : path
    const { body } = await api.call(known, whole, file === undefined ? undefined : jsonIn(await terminal.read(file), file))
    return { data: body, text: typeof body === 'string' ? body : JSON.stringify(body ?? null, null, 2) }
  },
}
