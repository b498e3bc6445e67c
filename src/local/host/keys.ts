// Who may call what: function keys for functions, system keys for the webhooks, the master key for everything.
// https://learn.microsoft.com/azure/azure-functions/function-keys-how-to

import { randomBytes } from 'node:crypto'
import type { HostKeys } from './contract.ts'
import type { WebAnswer, WebRequest } from './web.ts'

/** What this host puts into addresses where keys are off: the form stays that of a real host. */
export const localKeys: HostKeys = {
  master: 'local-master-key',
  functions: { default: 'local-function-key' },
  system: { durabletask_extension: 'local-durable-key', eventgrid_extension: 'local-eventgrid-key' },
}

/** Where others than tests can reach the port. */
export function randomKeys(): HostKeys {
  const key = (): string => randomBytes(24).toString('base64url')
  return { master: key(), functions: { default: key() }, system: { durabletask_extension: key(), eventgrid_extension: key() } }
}

/** `x-functions-key`, and every `code` parameter, in whatever case its name is written. */
const given = (request: WebRequest): string[] => {
  const header = request.headers['x-functions-key']
  const codes = [...request.query].flatMap(([name, value]) => (name.toLowerCase() === 'code' ? [value] : []))
  return header === undefined ? codes : [...codes, ...[header].flat()]
}

const unauthorized: WebAnswer = { status: 401 }
const bearer: WebAnswer = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }

/** undefined = may pass. */
export const refuseFunction = (request: WebRequest, keys: HostKeys | 'off', level: string): WebAnswer | undefined => {
  if (keys === 'off' || level === 'anonymous') return undefined
  const fitting = level === 'admin' ? [keys.master] : [keys.master, ...Object.values(keys.functions)]
  return given(request).some((key) => fitting.includes(key)) ? undefined : unauthorized
}

/** Webhooks and the admin API: a key of the app that is for something else is 403, none or an unknown one 401. */
export const refuseSystem = (request: WebRequest, keys: HostKeys | 'off', right: string | undefined): WebAnswer | undefined => {
  if (keys === 'off') return undefined
  const mine = given(request)
  if (mine.some((key) => key === keys.master || key === right)) return undefined
  const others = [...Object.values(keys.functions), ...Object.values(keys.system)]
  return mine.some((key) => others.includes(key)) ? { status: 403 } : bearer
}
