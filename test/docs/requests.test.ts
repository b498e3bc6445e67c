// requests/*.http: every request is one that the app serves, and its body is one that the route describes.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { segmentsOf, valuesIn } from '../../src/functions/http/path.ts'
import { routes } from '../../src/functions/http/routes.ts'

const requests = readdirSync('requests').flatMap((file) => {
  const text = readFileSync(`requests/${file}`, 'utf8')
  const variables = new Map([...text.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
  const filled = (given: string): string => {
    const next = given.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole)
    return next === given ? given : filled(next)
  }
  return text
    .split(/^###.*$/m)
    .slice(1)
    .map((part) => {
      const [, method = '', address = ''] = /^(GET|PUT|PATCH|POST|DELETE) (\S+)$/m.exec(filled(part)) ?? []
      return { file, method, address, body: filled(part).split('\n\n').slice(1).join('\n\n').trim() }
    })
})

it('there are some', () => expect(requests.length).toBeGreaterThan(10))

it.each(requests.map((one) => [`${one.file}: ${one.method} ${one.address}`, one] as const))(
  '%s is served',
  (_, { method, address, body }) => {
    const { pathname, searchParams } = new URL(address)
    const segments = segmentsOf(pathname)
    const route = routes.find((one) => one.method === method && valuesIn(segments, one.path))
    expect(route).toBeDefined()
    const asked = [...searchParams.keys()].filter((name) => name !== 'api-version')
    expect(asked.filter((name) => !route?.query?.some((one) => one.name === name))).toEqual([])
    const schema = route?.body?.schema()
    if (body !== '') expect(schema?.safeParse(JSON.parse(body)).success).toBe(true)
  },
)
