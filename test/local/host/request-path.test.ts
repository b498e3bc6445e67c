// A path on its way through the host: as Kestrel hands it on, and as a function finds it in `request.url`.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forwardedPath, receivedPath, writtenPath } from '../../../src/local/host/request-path.ts'
import { matchRoute, parseRoute } from '../../../src/local/host/routes.ts'

describe('a path', () => {
  it.each([
    ['an escape is decoded once', '/a%20b/%C3%BC/%40', '/a b/ü/@', '/a%20b/%C3%BC/@', '/a%20b/%C3%BC/@'],
    ['a slash stays encoded, and the proxy encodes it once more', '/x/a%2Fb', '/x/a%2Fb', '/x/a%2Fb', '/x/a%252Fb'],
    ['a slash that is encoded twice is the same then', '/x/a%252Fb', '/x/a%2Fb', '/x/a%2Fb', '/x/a%252Fb'],
    ['dot segments are resolved', '/a/b/../c/./d', '/a/c/d', '/a/c/d', '/a/c/d'],
    ['encoded dots are dots', '/a/b/%2e%2E/c/%2e/d', '/a/c/d', '/a/c/d', '/a/c/d'],
    ['a hidden slash makes no dot segment', '/a/..%2Fb', '/a/..%2Fb', '/a/..%2Fb', '/a/..%252Fb'],
    ['nothing is above the root', '/../../a/..', '/', '/', '/'],
    ['empty segments stay', '/a//b/', '/a//b/', '/a//b/', '/a//b/'],
    ['a percent sign of its own', '/100%25', '/100%', '/100%25', '/100%25'],
    ['what is no UTF-8 stays', '/a%FFb', '/a%FFb', '/a%FFb', '/a%25FFb'],
  ])('%s: %s', (_what, raw, received, written, forwarded) => {
    const path = receivedPath(raw) ?? ''
    expect([path, writtenPath(path), forwardedPath(path)]).toEqual([received, written, forwarded])
  })

  it('with an encoded NUL is refused', () => {
    expect(receivedPath('/a%00b')).toBeUndefined()
  })

  it('of any text has no dot segment left, and its forwarded form decodes to it again', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('.', '..', '%2e%2e', '%2F', '%25', ''))), (segments) => {
        const path = receivedPath(`/${segments.map((segment) => segment.replaceAll('/', '')).join('/')}`)
        if (path === undefined) return
        expect(path.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([])
        expect(decodeURIComponent(forwardedPath(path))).toBe(path.toWellFormed())
      }),
    )
  })
})

it.each([
  ['azure/{*rest}', '/azure/arm//subscriptions/x', { rest: 'arm//subscriptions/x' }],
  ['azure/{*rest}', '/azure//subscriptions/x', undefined],
  ['{*rest}', '//subscriptions/x', undefined],
  ['subscriptions/{*rest}', '//subscriptions/x', undefined],
  ['azure/{*rest}', '/azure', {}],
])('the route %s of %s is %o: no empty segment comes before a catch-all or at its place', (template, path, values) => {
  expect(matchRoute(parseRoute(template), path)).toEqual(values)
})
