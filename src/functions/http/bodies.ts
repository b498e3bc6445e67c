// The forms of bodies, for the OpenAPI document: those of requests as the handlers parse them. Schemas are made at the first request for the document,
// because they take time that a cold start does not have.
import * as z from 'zod'
import { authTypes } from '../../auth/catalogue.ts'
import { bodySchema } from '../../linker/body.ts'
import { targets } from '../../targets/catalogue.ts'
import { dryrunSchema } from '../linkers/dryruns.ts'
import { policySchema } from '../policies/policy-body.ts'
import type { BodyForm } from './route.ts'

/** Those that a target can be connected with. */
const offered = authTypes.filter(({ name }) => targets.some(({ auth }) => auth.includes(name)))

function form<T extends z.ZodType>(name: string, make: () => T): BodyForm & { readonly schema: () => T } {
  let made: T | undefined
  return { name, schema: () => (made ??= make()) }
}

export const linker = form('Linker', () => {
  const authInfo = z.union(offered.map(({ wire }) => wire.schema.extend({ authType: z.literal(wire.authType) })))
  const properties = bodySchema.shape.properties.extend({ authInfo: authInfo.nullish() })
  return z.looseObject({ id: z.string().optional(), name: z.string().optional(), properties })
})
/** Any part of a linker; `null` takes a field away. */
export const linkerPatch = form('LinkerPatch', () => z.looseObject({ properties: z.looseObject({}).optional() }))
export const linkerList = form('LinkerList', () => z.looseObject({ value: z.array(linker.schema()), nextLink: z.string().optional() }))
export const policy = form('Policy', () => policySchema)
export const operation = form('Operation', () =>
  z.looseObject({
    id: z.string(),
    name: z.string(),
    status: z.enum(['Accepted', 'Updating', 'Deleting', 'Succeeded', 'Failed', 'Canceled']),
  }),
)
export const dryrun = form('Dryrun', () => dryrunSchema)
export const configurationInfo = form('ConfigurationInfo', () => bodySchema.shape.properties.shape.configurationInfo.unwrap().unwrap())
export const configurations = form('Configurations', () =>
  z.looseObject({ configurations: z.array(z.looseObject({ name: z.string(), value: z.string(), description: z.string() })) }),
)
export const targetTypeList = form('TargetTypes', () =>
  z.array(z.object({ source: z.string(), target: z.string(), auth_types: z.array(z.string()), client_types: z.array(z.string()) })),
)
/** https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors */
export const error = form('Error', () => z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) }))
