// What the app registers with the Functions host for its HTTP routes.
import type { HttpMethod } from '@azure/functions'
import { type HttpFunctionName, httpFunctions, isServedBy } from './http-functions.ts'
import { routes } from './routes.ts'

export type HttpTrigger = {
  readonly name: HttpFunctionName
  readonly route: string
  readonly methods: readonly HttpMethod[]
  /** Only what writes wakes loops. */
  readonly usesHub: boolean
}

export const httpTriggers = (): readonly HttpTrigger[] =>
  (Object.keys(httpFunctions) as HttpFunctionName[]).map((name) => {
    const { route } = httpFunctions[name]
    const methods = [...new Set(routes.flatMap((one) => (isServedBy(name, one) ? [one.method] : [])))]
    return { name, route, methods, usesHub: methods.some((method) => method !== 'GET') }
  })
