// Durable's HTTP management API: for people and scripts under /runtime/webhooks/durabletask, for the DurableClient on a port of its own.
// Status codes and texts are as recorded, see test/transcripts/README.md.
// https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api

import { setTimeout as realSleep } from 'node:timers/promises'
import { jsonAnswer, type WebAnswer, type WebRequest } from '../web.ts'
import { encoded, managementAddresses } from './addresses.ts'
import type { DurableClient, Sent } from './client.ts'
import { isFinal, shownHistory } from './history.ts'
import { JsonReaderError, readJson, readWholeJson } from './json-net.ts'
import { failure, notFound, parameters, pathParts, shown, statuses, stored, wentWrong } from './management-answers.ts'
import { badInstanceId, tooLong } from './strict.ts'

export type ManagementParts = {
  readonly client: DurableClient
  readonly hubName: string
  readonly systemKey: string
  /** Set in strict mode. */
  readonly violated: ((about: string, rule: string) => Error) | undefined
}

export const manage = (
  { client, hubName, systemKey, violated }: ManagementParts,
  /** The DurableClient's own port: an empty body means empty text there, and null elsewhere (as recorded). */
  isRpc: boolean,
) => {
  const query = `taskHub=${hubName}&connection=Storage&code=${systemKey}`
  const addresses = (request: WebRequest) => ({ base: `${request.origin}/runtime/webhooks/durabletask`, query })

  const checkStrictly = (id: string | undefined, json: string | null): WebAnswer | undefined => {
    const rule = violated === undefined ? undefined : ((id === undefined ? undefined : badInstanceId(id)) ?? tooLong('the payload', json))
    return rule === undefined ? undefined : jsonAnswer(400, { Message: violated?.(id ?? 'start', rule).message })
  }

  const started = (request: WebRequest, id: string): WebAnswer => {
    const payload = managementAddresses(addresses(request), id, false)
    return jsonAnswer(202, payload, { Location: payload.statusQueryGetUri, 'Retry-After': '10' })
  }

  const start = async (request: WebRequest, name: string, id: string | undefined): Promise<WebAnswer> => {
    const text = (await request.body()).toString('utf8')
    if (text.trim() !== '') {
      try {
        readWholeJson(text)
      } catch (error) {
        if (!(error instanceof JsonReaderError)) throw error
        return failure(400, 'Invalid JSON content', error.message, 'Newtonsoft.Json.JsonReaderException')
      }
    }
    const input = text === '' ? (isRpc ? '""' : null) : text
    const refused = checkStrictly(id, input)
    if (refused !== undefined) return refused
    const given = parameters(request)
    const timeout = given.number('timeout')
    const interval = given.number('pollingInterval') ?? 1
    if (timeout !== undefined && given.text('pollingInterval') !== undefined && timeout < interval)
      return jsonAnswer(400, { Message: `Total timeout ${timeout} should be bigger than retry timeout ${interval}` })
    const result = client.start(name, id, input)
    if ('inTheWay' in result)
      return jsonAnswer(409, { Message: `An Orchestration instance with the status ${result.inTheWay} already exists.` })
    if (timeout === undefined || given.text('pollingInterval') === undefined) return started(request, result.id)
    for (let waited = 0; waited < timeout; waited += interval) {
      await realSleep(interval * 1000) // real time: a request that is being served holds virtual time
      const instance = client.instance(result.id)
      if (instance?.status === 'Completed') return jsonAnswer(200, stored(instance.output))
      if (instance !== undefined && isFinal(instance.status)) return jsonAnswer(200, shown(instance, true))
    }
    return started(request, result.id)
  }

  const status = (request: WebRequest, id: string): WebAnswer => {
    const instance = client.instance(id)
    if (instance === undefined) return notFound
    const given = parameters(request)
    const withInput = given.on('showInput', true)
    let body: object = shown(instance, withInput)
    if (given.on('showHistory')) {
      try {
        body = { ...body, historyEvents: shownHistory(client.history(id), given.on('showHistoryOutput'), withInput) }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        return failure(400, 'One or more of the arguments submitted is incorrect', error.message, 'System.ArgumentException')
      }
    }
    if (!isFinal(instance.status)) {
      const own = `${request.origin}/runtime/webhooks/durabletask/instances/${encoded(id)}${request.search}`
      return jsonAnswer(202, body, { Location: own, 'Retry-After': '5' })
    }
    return jsonAnswer(instance.status === 'Failed' && given.on('returnInternalServerErrorOnFailure') ? 500 : 200, body)
  }

  const filterOf = (request: WebRequest) => {
    const given = parameters(request)
    const names = given.text('runtimeStatus')?.split(',') ?? []
    return {
      statuses: statuses.filter((each) => names.includes(each)),
      createdFrom: given.time('createdTimeFrom'),
      createdTo: given.time('createdTimeTo'),
      prefix: given.text('instanceIdPrefix'),
    }
  }

  const list = (request: WebRequest): WebAnswer => {
    const given = parameters(request)
    const top = given.number('top') ?? 100
    if (top === 0) return failure(400, 'One or more of the arguments submitted is incorrect', 'top', 'System.ArgumentException')
    const after = request.headers['x-ms-continuation-token']
    const token = after === undefined ? '' : Buffer.from(String(after), 'base64').toString('utf8')
    const all = client.instances(filterOf(request)).filter(({ id }) => id > token)
    const page = all.slice(0, top)
    const next = all.length > page.length ? Buffer.from(page.at(-1)?.id ?? '').toString('base64') : ''
    const body = page.map((instance) => shown(instance, given.on('showInput', true)))
    // ASP.NET sends no header without a value.
    return jsonAnswer(200, body, next === '' ? {} : { 'x-ms-continuation-token': next })
  }

  const sent = (result: Sent, operation: string, id: string): WebAnswer => {
    if (result === 'sent') return { status: 202 }
    if (result === 'missing') return notFound
    if (result === 'ended') return { status: 410 }
    const text = `Cannot ${operation} the orchestration instance ${id} because instance is in the ${result.refused} state.`
    return wentWrong(text, 'System.InvalidOperationException')
  }

  const raise = async (request: WebRequest, id: string, name: string): Promise<WebAnswer> => {
    const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
    const text = (await request.body()).toString('utf8')
    const instance = client.instance(id)
    if (instance === undefined) return notFound
    if (isFinal(instance.status)) return { status: 410 }
    if (mediaType !== 'application/json') return jsonAnswer(400, { Message: 'Only application/json request content is supported' })
    let input: string
    try {
      input = JSON.stringify(readJson(text).value)
    } catch (error) {
      if (!(error instanceof JsonReaderError)) throw error
      return failure(400, 'Invalid JSON content', error.message, 'Newtonsoft.Json.JsonReaderException')
    }
    return checkStrictly(undefined, input) ?? sent(client.raise(id, name, input), 'raise', id)
  }

  const purge = (id: string): WebAnswer => {
    const result = client.purge(id)
    if (result === 'sent') return jsonAnswer(200, { instancesDeleted: 1 })
    if (typeof result === 'string') return notFound
    const text = `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${id} has status ${result.refused}`
    return jsonAnswer(412, text)
  }

  const purgeBy = (request: WebRequest): WebAnswer => {
    const filter = filterOf(request)
    if (filter.createdFrom === undefined) return jsonAnswer(400, "Please provide value for 'createdTimeFrom' parameter.")
    const instancesDeleted = client.purgeBy(filter)
    return instancesDeleted === 0 ? notFound : jsonAnswer(200, { instancesDeleted })
  }

  const named = (request: WebRequest, id: string, operation: string): WebAnswer | undefined => {
    const reason = parameters(request).text('reason') ?? null
    if (operation === 'terminate') return sent(client.terminate(id, reason), 'terminate', id)
    if (operation === 'suspend') return sent(client.suspend(id, reason), 'suspend', id)
    if (operation === 'resume') return sent(client.resume(id, reason), 'resume', id)
    if (operation === 'restart' || operation === 'rewind') return jsonAnswer(501, `The embedded host leaves out ${operation} on purpose`)
    return undefined
  }

  /** What a path and method ask for. */
  const asked = (request: WebRequest, path: string): (() => WebAnswer | undefined | Promise<WebAnswer>) | undefined => {
    const [kind = '', id = '', rawOperation = '', name = '', ...more] = pathParts(path) ?? []
    const operation = rawOperation.toLowerCase()
    const { method } = request
    if (more.length > 0) return undefined
    if (kind.toLowerCase() === 'orchestrators' && method === 'POST' && id !== '' && name === '')
      return () => start(request, id, rawOperation || undefined)
    if (kind.toLowerCase() === 'entities') return () => jsonAnswer(501, { Message: 'The embedded host leaves out entities on purpose' })
    if (kind.toLowerCase() !== 'instances') return undefined
    if (id === '' && method === 'GET') return () => list(request)
    if (id === '') return method === 'DELETE' ? () => purgeBy(request) : undefined
    if (operation === '' && method === 'GET') return () => status(request, id)
    if (operation === '') return method === 'DELETE' ? () => purge(id) : undefined
    if (method !== 'POST') return undefined
    if (operation === 'raiseevent') return name === '' ? undefined : () => raise(request, id, name)
    return name === '' ? () => named(request, id, operation) : undefined
  }

  /** `path` is what follows the API's prefix. */
  return async (request: WebRequest, path: string): Promise<WebAnswer> => {
    const handle = asked(request, path)
    if (handle === undefined) return notFound
    const connection = parameters(request).text('connection')?.trim() ?? ''
    if (isForeign(connection))
      return wentWrong(`Unable to resolve the Azure Storage connection named '${connection}'.`, 'System.InvalidOperationException')
    return (await handle()) ?? notFound
  }
}

/** The hub's own connection is the only one that is configured here. Settings are found in any case, with or without their prefix. */
const isForeign = (connection: string): boolean => !/^(?:(?:AzureWebJobs)?Storage)?$/i.test(connection)
