// GET /openapi.json: what this app serves, in short. The body of a linker is Azure Service Connector's; docs/http-api.md shows which parts are
// supported.
import { app } from '@azure/functions'
import * as z from 'zod'
import { authTypes } from '../auth/catalogue.ts'
import { bodySchema } from '../linker/body.ts'
import { apiVersions } from '../linker/linker.ts'
import { json } from './answers.ts'
import type { HandlerContextOf } from './handler-context.ts'
import { policySchema } from './policies.http.ts'

export function registerOpenapi(_services: HandlerContextOf): void {
  app.http('openapi', { route: 'openapi.json', methods: ['GET'], authLevel: 'anonymous', handler: async () => json(200, openapi()) })
}

const cluster =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}/providers/Microsoft.ServiceLinker/linkers'
const parameter = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } })
const onCluster = ['subscription', 'group', 'cluster'].map(parameter)
const version = { name: 'api-version', in: 'query', required: true, schema: { type: 'string', enum: apiVersions } }
const connect = {
  name: 'connect',
  in: 'query',
  description: 'Value of a connect- tag, any number of times',
  schema: { type: 'array', items: { type: 'string' } },
}
const content = (schema: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } })
const answer = (description: string, schema?: string) => ({ description, ...(schema ? { content: content(schema) } : {}) })
const error = answer('What is wrong and how to write it', 'Error')
const body = (schema: string) => ({ required: true, content: content(schema) })

/** As the handlers parse it. */
function schemaOf(schema: z.ZodType) {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return described
}

function linker() {
  const authInfo = z.union(authTypes.map(({ wire }) => wire.schema.extend({ authType: z.literal(wire.authType) })))
  const properties = bodySchema.shape.properties.extend({ authInfo: authInfo.nullish() })
  return schemaOf(z.looseObject({ id: z.string().optional(), name: z.string().optional(), properties }))
}

/** Made at the first request: the schemas take time that a cold start does not have. */
let described: object | undefined
export const openapi = (): object => (described ??= describe())

const describe = () => ({
  openapi: '3.1.0',
  info: {
    title: 'AKS Service Connector',
    version: '0.1.0',
    description: 'Connections of AKS clusters, in the wire format of Microsoft.ServiceLinker.',
  },
  security: [{ entra: [] }],
  paths: {
    [cluster]: {
      parameters: [...onCluster, version],
      get: { summary: 'Connections of a cluster', responses: { 200: answer('All of them', 'LinkerList'), default: error } },
    },
    [`${cluster}/{name}`]: {
      parameters: [...onCluster, parameter('name'), version],
      get: { summary: 'A connection with its timeline', responses: { 200: answer('It', 'Linker'), 404: error, default: error } },
      put: {
        summary: 'Make or change a connection; poll Azure-AsyncOperation',
        requestBody: body('Linker'),
        responses: { 201: answer('New, changed, or as it was', 'Linker'), 403: error, 409: error, default: error },
      },
      delete: {
        summary: 'Remove a connection on both sides',
        responses: { 202: answer('Begun'), 204: answer('There is none'), default: error },
      },
    },
    [`${cluster}/{name}/reconcile`]: {
      parameters: [...onCluster, parameter('name'), version],
      post: { summary: 'Reconciles now', responses: { 202: answer('Its loops run'), default: error } },
    },
    [`${cluster}/{name}/diagnosis`]: {
      parameters: [...onCluster, parameter('name'), version],
      get: { summary: 'What people inspect by hand', responses: { 200: answer('One check for each object'), default: error } },
    },
    [cluster.replace(/linkers$/, 'preflight')]: {
      parameters: [...onCluster, version, connect],
      get: {
        summary: 'What is missing for connections, declared or in the query',
        responses: { 200: answer('One entry each'), default: error },
      },
    },
    '/subscriptions/{subscription}/providers/Microsoft.ServiceLinker/locations/{location}/operationStatuses/{id}': {
      parameters: [parameter('subscription'), parameter('location'), parameter('id'), version],
      get: { summary: 'How far an operation is', responses: { 200: answer('Its status', 'Operation'), default: error } },
    },
    '/connections': {
      get: {
        summary: 'All connections, page by page',
        parameters: ['cluster', 'target', 'identity', 'namespace', 'type', 'auth', 'origin', 'state', 'top', 'after'].map((name) => ({
          name,
          in: 'query',
          schema: { type: 'string' },
        })),
        responses: { 200: answer('A page', 'LinkerList'), default: error },
      },
    },
    '/policies': { get: { summary: 'All policies', responses: { 200: answer('All of them'), default: error } } },
    '/policies/{name}': {
      parameters: [parameter('name')],
      get: { summary: 'A policy', responses: { 200: answer('It', 'Policy'), default: error } },
      put: {
        summary: 'Make or change a policy',
        requestBody: body('Policy'),
        responses: { 200: answer('Changed', 'Policy'), 201: answer('New', 'Policy'), default: error },
      },
      delete: {
        summary: 'Delete a policy; what only it allowed is taken away',
        responses: { 200: answer('Deleted'), 204: answer('There is none'), default: error },
      },
    },
    '/healthz': { get: { summary: 'Whether it runs', security: [], responses: { 200: answer('It does'), 503: answer('It does not') } } },
  },
  components: {
    securitySchemes: { entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: {
      Linker: linker(),
      LinkerList: {
        type: 'object',
        properties: { value: { type: 'array', items: { $ref: '#/components/schemas/Linker' } }, nextLink: { type: 'string' } },
      },
      Policy: schemaOf(policySchema),
      Operation: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          name: { type: 'string' },
          status: { enum: ['Accepted', 'Updating', 'Deleting', 'Succeeded', 'Failed', 'Canceled'] },
        },
      },
      Error: {
        type: 'object',
        properties: {
          error: { type: 'object', required: ['code', 'message'], properties: { code: { type: 'string' }, message: { type: 'string' } } },
        },
      },
    },
  },
})
