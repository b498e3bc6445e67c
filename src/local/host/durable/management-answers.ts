// The forms of the management API's answers, and how its requests are read.

import { writtenPath } from '../request-path.ts'
import { jsonAnswer, type WebAnswer, type WebRequest } from '../web.ts'
import type { RuntimeStatus } from './history.ts'
import { readWholeJson } from './json-net.ts'
import type { Instance } from './store.ts'

export const statuses: readonly RuntimeStatus[] = ['Pending', 'Running', 'Suspended', 'Completed', 'Failed', 'Terminated']
export const notFound: WebAnswer = { status: 404 }

export const failure = (status: number, message: string, exception: string, type: string): WebAnswer =>
  jsonAnswer(status, { Message: message, ExceptionMessage: exception, ExceptionType: type, StackTrace: '   at DurableTask' })
export const wentWrong = (exception: string, type: string) =>
  failure(500, 'Something went wrong while processing your request', exception, type)

const wholeSeconds = (time: number): string => new Date(Math.floor(time / 1000) * 1000).toISOString().replace('.000Z', 'Z')

/** Stored text as a value: JSON where it is JSON, else the text itself (the output of a failure). */
export const stored = (text: string | null): unknown => {
  if (text === null) return null
  try {
    return readWholeJson(text)
  } catch {
    return text.trim() === '' ? '' : text
  }
}

export const shown = (instance: Instance, withInput: boolean) => ({
  name: instance.name,
  instanceId: instance.id,
  runtimeStatus: instance.status,
  input: withInput ? stored(instance.input) : null,
  customStatus: stored(instance.customStatus),
  output: stored(instance.output),
  createdTime: wholeSeconds(instance.created),
  lastUpdatedTime: wholeSeconds(instance.updated),
})

/** Query parameters by lower-case name. */
export const parameters = (request: WebRequest) => {
  const map = new Map([...request.query].map(([name, value]) => [name.toLowerCase(), value]))
  return {
    text: (name: string) => map.get(name.toLowerCase()),
    on: (name: string, otherwise = false) => {
      const value = map.get(name.toLowerCase())?.toLowerCase()
      return value === 'true' ? true : value === 'false' ? false : otherwise
    },
    time: (name: string) => {
      const time = Date.parse(map.get(name.toLowerCase()) ?? '')
      return Number.isNaN(time) ? undefined : time
    },
    number: (name: string) => {
      const value = map.get(name.toLowerCase()) ?? ''
      return /^\d+$/.test(value) ? Number(value) : undefined
    },
  }
}

/** Path parts after the prefix. The extension decodes once more what the host has decoded: `+` is a blank, and an encoded slash makes the path one that does not exist. */
export const pathParts = (path: string): string[] | undefined => {
  if (/%2f/i.test(path)) return undefined
  try {
    return writtenPath(path)
      .replace(/^\/|\/$/g, '')
      .split('/')
      .map((part) => decodeURIComponent(part.replace(/\+/g, ' ')))
  } catch {
    return undefined
  }
}
