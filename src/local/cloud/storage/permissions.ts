// Which rights an operation on data needs with a token, from its method, path and query.
// https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations
//
// The surprising part: operations on containers, tables and queues themselves are management *actions*, those on what is in them *data
// actions*; yet an Owner (who has every action) may not do them, only the data roles may
// (https://learn.microsoft.com/azure/storage/blobs/storage-quickstart-blobs-cli#create-a-container). So they need both here.

import type { StorageService } from './azurite.ts'

export type Right = { readonly action: string } | { readonly dataAction: string }
/** Any of the alternatives will do; an alternative is a list of rights that are all needed. */
type Demand = { readonly scope: string; readonly anyOf: readonly (readonly Right[])[] }
type ConnectionInput = { readonly method: string; readonly path: string; readonly query: URLSearchParams; readonly body: Buffer }

const storage = 'Microsoft.Storage/storageAccounts'
const data = (...names: readonly string[]): readonly Right[] => names.map((name) => ({ dataAction: `${storage}/${name}` }))
type Verb = 'read' | 'write' | 'delete'
const verbOf = (method: string): Verb => (method === 'GET' || method === 'HEAD' ? 'read' : method === 'DELETE' ? 'delete' : 'write')

/**
 * Undefined = an operation that the simulated storage does not know. One request may demand several things: a transaction does.
 * Throws where the path cannot be decoded.
 */
export function demands(service: StorageService, account: string, asked: ConnectionInput): readonly Demand[] | undefined {
  if (asked.query.get('restype') === 'service' || asked.query.get('restype') === 'account') {
    const action = `${storage}/${service}Services/${verbOf(asked.method)}`
    return asked.query.get('comp') === 'properties' ? [{ scope: account, anyOf: [[{ action }]] }] : undefined
  }
  if (asked.query.get('comp') === 'batch') return undefined
  return service === 'table' ? ofTable(account, asked) : service === 'blob' ? ofBlob(account, asked) : ofQueue(account, asked)
}

function ofBlob(account: string, { method, path, query }: ConnectionInput): readonly Demand[] {
  const [container = '', ...blob] = segments(path)
  const verb = verbOf(method)
  const scope = container === '' ? account : `${account}/blobServices/default/containers/${container}`
  const onContainer = (which: Verb): readonly Right[] => [
    { action: `${storage}/blobServices/containers/${which}` },
    ...data(`blobServices/containers/blobs/${which}`),
  ]
  if (container === '') return [{ scope, anyOf: [onContainer('read')] }]
  if (blob.length === 0 && query.get('restype') === 'container')
    return query.get('comp') === 'list'
      ? [{ scope, anyOf: [data('blobServices/containers/blobs/read')] }]
      : [{ scope, anyOf: [onContainer(verb)] }]
  if (query.get('comp') === 'tags') return [{ scope, anyOf: [data(`blobServices/containers/blobs/tags/${verb}`)] }]
  if (verb !== 'write') return [{ scope, anyOf: [data(`blobServices/containers/blobs/${verb}`)] }]
  return [{ scope, anyOf: [data('blobServices/containers/blobs/write'), data('blobServices/containers/blobs/add/action')] }]
}

function ofQueue(account: string, { method, path, query }: ConnectionInput): readonly Demand[] {
  const [queue = '', messages, message] = segments(path)
  const scope = queue === '' ? account : `${account}/queueServices/default/queues/${queue}`
  const message_ = 'queueServices/queues/messages'
  if (messages === undefined) {
    const verb = verbOf(method)
    return [{ scope, anyOf: [[{ action: `${storage}/queueServices/queues/${verb}` }, ...data(`${message_}/${verb}`)]] }]
  }
  if (method === 'POST') return [{ scope, anyOf: [data(`${message_}/add/action`), data(`${message_}/write`)] }]
  if (method === 'PUT') return [{ scope, anyOf: [data(`${message_}/write`)] }]
  const take: readonly (readonly Right[])[] = [data(`${message_}/process/action`), data(`${message_}/read`, `${message_}/delete`)]
  if (method === 'GET') return [{ scope, anyOf: query.get('peekonly') === 'true' ? [data(`${message_}/read`)] : take }]
  return [{ scope, anyOf: message === undefined ? [data(`${message_}/delete`)] : [data(`${message_}/delete`), ...take] }]
}

const entity = 'tableServices/tables/entities'
const entityRights: Readonly<Record<string, readonly (readonly Right[])[]>> = {
  GET: [data(`${entity}/read`)],
  POST: [data(`${entity}/write`), data(`${entity}/add/action`)],
  PUT: [data(`${entity}/write`), data(`${entity}/update/action`)],
  DELETE: [data(`${entity}/delete`)],
}
/** Without If-Match an update also inserts: https://learn.microsoft.com/rest/api/storageservices/insert-or-replace-entity */
const upsert: readonly (readonly Right[])[] = [data(`${entity}/write`), data(`${entity}/add/action`, `${entity}/update/action`)]

function ofTable(account: string, { method, path, body }: ConnectionInput): readonly Demand[] | undefined {
  const [first = ''] = segments(path)
  if (first === '$batch') {
    const parts = transactionParts(body)
    return parts.length === 0 ? undefined : parts.map(({ method, path }) => ofEntities(account, method, path))
  }
  if (/^Tables\b/.test(first)) {
    const name = /^Tables\('([^']*)'\)$/.exec(first)?.[1]
    const verb = verbOf(method)
    const scope = name === undefined ? account : tableScope(account, name)
    return [{ scope, anyOf: [[{ action: `${storage}/tableServices/tables/${verb}` }, ...data(`${entity}/${verb}`)]] }]
  }
  return first === '' ? undefined : [ofEntities(account, method, path)]
}

function ofEntities(account: string, method: string, path: string): Demand {
  const table = segments(path)[0]?.replace(/\(.*$/, '') ?? ''
  const verb = ['MERGE', 'PATCH', 'PUT'].includes(method) ? 'PUT' : method === 'HEAD' ? 'GET' : method
  return { scope: tableScope(account, table), anyOf: verb === 'PUT' ? upsert : (entityRights[verb] ?? []) }
}

const tableScope = (account: string, table: string): string => `${account}/tableServices/default/tables/${table}`

/** Whatever looks like a request line counts, or something could hide from the check that Azurite would carry out. */
function transactionParts(body: Buffer): readonly { readonly method: string; readonly path: string }[] {
  const lines = body.toString('utf8').matchAll(/^\s*(GET|HEAD|POST|PUT|MERGE|PATCH|DELETE|INSERT)\s+(\S+)/gm)
  return [...lines].map(([, method = '', url = '']) => ({ method, path: new URL(url, 'https://relative').pathname }))
}

const segments = (path: string): string[] =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
