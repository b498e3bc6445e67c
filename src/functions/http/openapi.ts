// The OpenAPI document, made from the table of routes. Roles of a route are alternatives, as OpenAPI has them:
// https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object
import * as z from 'zod'
import { apiVersions } from '../../linker/versions.ts'
import * as bodies from './bodies.ts'
import { rolesFor } from './callers.ts'
import { httpFunctions } from './http-functions.ts'
import { type BodyForm, parametersOf, type Route } from './route.ts'

/** Made at the first request, and once. */
let described: object | undefined
export const openapi = (routes: readonly Route[]): object => (described ??= describe(routes))

function describe(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] ??= {}
    Object.assign(paths[route.path] ?? {}, { [route.method.toLowerCase()]: operationOf(route) })
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AKS Service Connector',
      version: '0.1.0',
      description: 'Connections of AKS clusters, in the wire format of Microsoft.ServiceLinker.',
    },
    paths,
    components: { securitySchemes: { entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }, schemas: schemas() },
  }
}

function operationOf(route: Route): object {
  const { summary, role, body, isDeprecated } = route
  return {
    summary,
    ...(isDeprecated ? { deprecated: true } : {}),
    security: role === 'anyone' ? [] : rolesFor(role).map((one) => ({ entra: [one] })),
    parameters: parameters(route),
    ...(body ? { requestBody: { required: true, content: content(body) } } : {}),
    responses: responses(route),
  }
}

function parameters(route: Route): readonly object[] {
  const version = { name: 'api-version', in: 'query', required: true, schema: { type: 'string', enum: apiVersions } }
  return [
    ...parametersOf(route).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...(httpFunctions[route.in].needsApiVersion ? [version] : []),
    ...(route.query ?? []).map(({ name, description, isList }) => ({
      name,
      in: 'query',
      ...(description ? { description } : {}),
      schema: isList ? { type: 'array', items: { type: 'string' } } : { type: 'string' },
    })),
  ]
}

function responses({ answers, role }: Route): Readonly<Record<string, object>> {
  const good = Object.entries(answers).map(([status, answer]) => {
    const [description, form] = typeof answer === 'string' ? [answer] : answer
    return [status, { description, ...(form ? { content: content(form) } : {}) }]
  })
  const refused = { description: 'What is wrong and how to write it', content: content(bodies.error) }
  return Object.fromEntries(role === 'anyone' ? good : [...good, ['default', refused]])
}

const content = ({ name }: BodyForm) => ({ 'application/json': { schema: { $ref: reference(name) } } })
const reference = (name: string): string => `#/components/schemas/${name}`

/** One that contains another refers to it. */
function schemas(): Readonly<Record<string, object>> {
  const registry = z.registry<{ readonly id: string }>()
  for (const { name, schema } of Object.values(bodies)) registry.add(schema(), { id: name })
  const { schemas: made } = z.toJSONSchema(registry, { io: 'input', unrepresentable: 'any', uri: reference })
  // The names of a module have another order in a bundle.
  const sorted = Object.entries(made).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, { $schema: _, $id: __, ...described_ }]) => [name, described_]))
}
