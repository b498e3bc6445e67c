import { expect, it } from 'vitest'
import { openapi } from '../../src/functions/http/openapi.ts'
import { routes } from '../../src/functions/http/routes.ts'
import { bodySchema } from '../../src/linker/body.ts'
import { allowSchema } from '../../src/model/policy.ts'

type Schema = { readonly properties: Readonly<Record<string, Schema>>; readonly required?: readonly string[] }
type Described = { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } }

const { schemas } = (JSON.parse(JSON.stringify(openapi(routes))) as Described).components
const keys = (schema: Schema | undefined): readonly string[] => Object.keys(schema?.properties ?? {}).sort()

it('describes all that a policy may say', () => {
  expect(keys(schemas['Policy']?.properties['allow'])).toEqual(Object.keys(allowSchema.shape).sort())
  expect(schemas['Policy']?.properties['allow']?.required).toEqual(['clusters', 'targets', 'namespaces', 'auth'])
})

it('describes all that a linker may say, and each form of its authInfo', () => {
  const properties = schemas['Linker']?.properties['properties']
  expect(keys(properties)).toEqual(Object.keys(bodySchema.shape.properties.shape).sort())
  const text = JSON.stringify(properties?.properties['authInfo'])
  for (const authType of ['secret', 'userAssignedIdentity', 'servicePrincipalSecret']) expect(text).toContain(`"const":"${authType}"`)
})
