// What a resource provider of the simulated ARM is: a namespace and routes. ARM itself (arm.ts) has authenticated and authorised the
// caller before a route is asked, and emits the event afterwards.

import * as z from 'zod'
import type { Claims } from '../entra/entra.ts'
import type { CloudResponse, PlannedOperation } from '../http.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import type { Resource } from './resources.ts'

export type Call = {
  /** The one to work on: a scratch copy where a fault rule wants a silent no-op. */
  readonly world: World
  readonly method: string
  /** Decoded path, without a slash at its end. */
  readonly path: string
  /** What the route's `{…}` stand for, as written by the caller. */
  readonly parameters: Readonly<Record<string, string>>
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly claims: Claims
  readonly correlationId: string
  /** How a fault rule wants the long-running operation to end. */
  readonly planned?: PlannedOperation
  /** A scratch world: what is done here has no effect. */
  readonly noEffect: boolean
  readonly body: Body
}
export type Body = { readonly [name: string]: unknown }

export type Route = {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE' | 'HEAD'
  /** Literals in any case; `{name}` = one segment, `{scope*}` = any number, also none. */
  readonly path: string
  /** The action that the caller needs; made from the path if left out. `none`: a token is enough. */
  readonly action?: string
  /** No event: the provider says itself when something happened, or nothing did. */
  readonly quiet?: true
  /** What conditions of role assignments may look at. */
  attributes?(call: Call): { readonly request?: Readonly<Record<string, string>>; readonly resource?: Readonly<Record<string, string>> }
  handle(call: Call): CloudResponse | Promise<CloudResponse>
}

export type Provider = {
  readonly namespace: string
  readonly routes: readonly Route[]
  /** What a fleet may say of its types in `resources`. Of any other type it says what ARM answers, word by word. */
  readonly fleetTypes?: readonly FleetType[]
  /** Says how its effects are carried out. */
  start?(world: World): void
}

/** Makes of an entry of a fleet's `resources` what ARM answers. */
export type FleetType = { readonly type: string; make(world: World, entry: unknown): Resource }

export const fleetType = <S extends z.ZodType>(
  type: string,
  schema: S,
  make: (world: World, entry: z.output<S>) => Resource,
): FleetType => ({
  type,
  make(world, entry) {
    const read = schema.safeParse(entry)
    if (read.success) return make(world, read.data)
    throw new Error(`The fleet describes a ${type} that cannot be: ${JSON.stringify(entry)}\n${z.prettifyError(read.error)}`)
  },
})

/** `properties` of a body, or of anything: an empty object where there are none. */
export const objectOf = (value: unknown): Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : {}

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A list in ARM's form, in pages. */
export function page(call: Call, rows: readonly unknown[], size = 100): CloudResponse {
  const from = Number(call.url.searchParams.get('$skipToken') ?? 0)
  if (!Number.isInteger(from) || from < 0) throw refuse(400, 'InvalidSkipToken', 'The skip token is not one that this list gave.')
  const value = rows.slice(from, from + size)
  if (from + size >= rows.length) return { status: 200, body: { value } }
  const next = new URL(call.url)
  next.searchParams.set('$skipToken', String(from + size))
  return { status: 200, body: { value, nextLink: next.href } }
}

export function tagsOf(body: Body): Readonly<Record<string, string>> | undefined {
  if (body['tags'] === undefined || body['tags'] === null) return undefined
  return checkTags(objectOf(body['tags']))
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
export function checkTags(tags: Body): Readonly<Record<string, string>> {
  const names = Object.keys(tags)
  if (names.length > 50)
    throw refuse(400, 'TooManyTags', `The number of tags on the resource is ${names.length}, which exceeds the allowed maximum of 50.`)
  for (const name of names) {
    const value = tags[name]
    if (/[<>%&\\?/]/.test(name) || name === '')
      throw refuse(
        400,
        'InvalidTagNameCharacters',
        `The tag name '${name}' has reserved characters '<,>,%,&,\\,?,/' or control characters.`,
      )
    if (name.length > 512) throw refuse(400, 'InvalidTagNameLength', `The tag name '${name}' is longer than 512 characters.`)
    if (typeof value !== 'string' || value.length > 256)
      throw refuse(400, 'InvalidTagValueLength', `The value of tag '${name}' must be a text of at most 256 characters.`)
  }
  const folded = new Set(names.map((name) => name.toLowerCase()))
  if (folded.size < names.length)
    throw refuse(400, 'InvalidTagName', 'The tag names are not unique: they are compared without regard to case.')
  return tags as Record<string, string>
}
