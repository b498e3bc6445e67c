// A route: one kind of request that the app serves. routes.ts is the table of all; the functions, the check of the role, the OpenAPI document and the
// fuzz of every route read it.
import type { HttpResponseInit } from '@azure/functions'
import type { ZodType } from 'zod'
import type { Call, OpenCall } from './call.ts'
import type { Role } from './callers.ts'
import type { HttpFunctionName } from './http-functions.ts'

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'

/** The form of a body. `schema` is called for the OpenAPI document only, and always answers the same object. */
export type BodyForm = { readonly name: string; readonly schema: () => ZodType }
type Query = { readonly name: string; readonly description?: string; readonly isList?: true }

type Described = {
  /** The Azure Function that the host passes the request to. */
  readonly in: HttpFunctionName
  readonly method: Method
  /** As OpenAPI writes it. Its words ignore case, as ARM's do. */
  readonly path: string
  readonly summary: string
  readonly query?: readonly Query[]
  readonly body?: BodyForm
  /** What the caller gets if nothing is wrong, by status. */
  readonly answers: Readonly<Record<number, string | readonly [text: string, form: BodyForm]>>
  /** A former name. */
  readonly isDeprecated?: true
}
type Values = Readonly<Record<string, string>>
type SignedIn = { readonly role: Role; readonly handle: (call: Call, values: Values) => Promise<HttpResponseInit> }
type Open = { readonly role: 'anyone'; readonly handle: (call: OpenCall) => Promise<HttpResponseInit> }

export type Route = Described & (SignedIn | Open)

type ParameterIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterIn<Rest> : never

/** A row of the table: its handler gets the parameters of its path, and no others. */
export const route = <const P extends string>(
  path: P,
  rest: Omit<Described, 'path'> & {
    readonly role: Role
    readonly handle: (call: Call, values: Readonly<Record<ParameterIn<P>, string>>) => Promise<HttpResponseInit>
  },
): Route => ({ ...rest, path })

export const parametersOf = ({ path }: Pick<Route, 'path'>): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
