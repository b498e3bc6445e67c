// Every operation of docs/openapi.json, called as the document describes it and as no one should: whatever comes, the answer is one that it describes.
import { readFileSync } from 'node:fs'
import type { HttpResponseInit } from '@azure/functions'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  app,
  everything,
  linkerBody,
  linkerPath,
  request,
  subscription,
  type TestServices,
  target,
  testServices,
  version,
} from '../functions/test-services.ts'

type Parameter = { readonly name: string; readonly in: 'path' | 'query'; readonly schema: { readonly enum?: readonly string[] } }
type Operation = {
  readonly parameters: readonly Parameter[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
}
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }

const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Document
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, { path, method: method.toUpperCase(), operation }] as const,
  ),
)

let given: TestServices
beforeEach(async () => {
  given = testServices({
    preflight: async () => ({ value: [], changes: [], adoptions: [], actions: [], budgets: [], ready: true, notes: [] }),
  })
  await given.store.putPolicy({ name: 'all', allow: everything })
  await app(() => given.services)(request('PUT', `${linkerPath('data')}?${version}`, { body: linkerBody() }), given.context)
})

const known: Readonly<Record<string, string>> = { subscription, group: 'rg', cluster: 'aks', name: 'data', location: 'global' }
const text = fc.oneof(
  fc.constantFrom('', '1', '-1', 'true', '*', '__proto__', '$(x)', '\u0000'),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
)
const deep = (depth: number): string => `{"properties":${'['.repeat(depth)}${']'.repeat(depth)}}`
const parameters = { actionName: 'createOrUpdate', targetService: { type: 'AzureResource', id: target }, authInfo: { authType: 'secret' } }
const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '[]',
    'null',
    '{',
    deep(10),
    deep(40),
    deep(60_000),
    JSON.stringify(linkerBody()),
    JSON.stringify({ properties: { parameters } }),
  ),
  fc.jsonValue().map((properties) => JSON.stringify({ properties })),
  fc.json({ maxDepth: 6 }),
)

const addressOf = (path: string, { parameters: all }: Operation): fc.Arbitrary<string> => {
  const values = all.map((one) => {
    const usual = one.in === 'path' ? fc.constant(known[one.name] ?? 'x') : fc.constantFrom(...(one.schema.enum ?? ['1']))
    const isOptional = one.in === 'query' && one.name !== 'api-version'
    return fc.oneof({ weight: 4, arbitrary: usual }, { weight: isOptional ? 4 : 1, arbitrary: text }).map((value) => [one, value] as const)
  })
  return fc.tuple(...values).map((filled) => {
    const encoded = (value: string): string => encodeURIComponent(value.toWellFormed())
    const where = filled
      .filter(([one]) => one.in === 'path')
      .reduce((at, [one, value]) => at.replace(`{${one.name}}`, () => encoded(value) || 'x'), path)
    const query = filled
      .filter(([one, value]) => one.in === 'query' && value !== '')
      .map(([one, value]) => `${encoded(one.name)}=${encoded(value)}`)
    return query.length > 0 ? `${where}?${query.join('&')}` : where
  })
}

describe('an operation of the document', () => {
  it.each(operations)('%s answers as it is described, whatever it is sent', async (_, { path, method, operation }) => {
    const sent = fc.tuple(addressOf(path, operation), body)
    await fc.assert(
      fc.asyncProperty(sent, async ([address, content]) => {
        const began = performance.now()
        const ask = method === 'GET' || content === '' ? {} : { text: content }
        const { status = 200, body: answer } = (await app(() => given.services)(
          request(method, address, ask),
          given.context,
        )) as HttpResponseInit
        expect(performance.now() - began).toBeLessThan(5_000)
        const isDescribed = Object.hasOwn(operation.responses, String(status)) || ('default' in operation.responses && status >= 300)
        expect([address, status, isDescribed && status < 500]).toEqual([address, status, true])
        if (status >= 400) expect(JSON.parse(String(answer)).error.message).toEqual(expect.any(String))
      }),
      { numRuns: 30 },
    )
    expect(given.logged.filter((line) => /own mistake|request failed/.test(line))).toEqual([])
  })
})
