import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { failure } from '../../src/contract/failures.ts'
import { problemOfError } from '../../src/errors/catalogue.ts'
import { failureOf } from '../../src/errors/classify.ts'
import { Failure } from '../../src/errors/failure.ts'
import { isOwnMistake, type Mistake, mistakesSoFar, reportingMistakes } from '../../src/errors/own-mistake.ts'
import { kubernetesFailure } from '../../src/kubernetes/failures.ts'
import { loop } from '../../src/model/loop.ts'

const secret = 'hunter2-Q~secret'
const thrownBy = (mistake: () => unknown): unknown => {
  try {
    return mistake()
  } catch (error) {
    return error
  }
}
const endless = (): number => endless() + 1
/** Each as the engine itself throws it; several quote a value. */
const mistakes: readonly (readonly [string, unknown])[] = [
  ['a property of nothing', thrownBy(() => (undefined as unknown as { x: string }).x)],
  ['`in` on a text', thrownBy(() => 'x' in (secret as unknown as object))],
  ['a property on a text', thrownBy(() => Object.assign(secret, { length: 1 }))],
  ['JSON that is none', thrownBy(() => JSON.parse(secret))],
  ['a recursion without end', thrownBy(endless)],
  ['a number that is none', thrownBy(() => BigInt(secret))],
  ['a percent sign alone', thrownBy(() => decodeURIComponent('%'))],
  ['an answer of another shape', thrownBy(() => z.object({ a: z.literal('b') }).parse({ a: secret }))],
  ['an address that is none', thrownBy(() => new URL(secret))],
]
const cluster = loop(
  'cluster',
  '/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/c1',
)
const about = { cluster, namespace: 'orders', object: 'Secret orders/x', doing: 'read Secret orders/x' }

describe('a mistake in the own code', () => {
  it.each(mistakes)('is reported as one, wherever it is met, and without its message: %s', (_what, error) => {
    expect(isOwnMistake(error)).toBe(true)
    for (const found of [failureOf({ error, doing: 'do it' }), kubernetesFailure(error, about), failure(error, 'do it')]) {
      expect(found.fields).toMatchObject({ class: 'transient', code: 'InternalError' })
      expect(JSON.stringify(found.fields) + String(found)).not.toContain(secret)
    }
    const problem = problemOfError(error, 'do it')
    expect(problem).toMatchObject({ code: 'InternalError', text: expect.stringContaining('do it') })
    expect(JSON.stringify(problem)).not.toMatch(new RegExp(`${secret}|private|firewall`))
  })

  it('is told once to whom it concerns, with its place in the code, and counted', async () => {
    const [first, second]: [Mistake[], Mistake[]] = [[], []]
    const before = mistakesSoFar()
    const meet = async (): Promise<void> => {
      await Promise.resolve()
      const error = thrownBy(() => JSON.parse(secret))
      problemOfError(error, 'read it')
      failureOf({ error, doing: 'read it once more' })
    }
    await Promise.all([
      reportingMistakes((one) => void first.push(one), meet),
      reportingMistakes(
        (one) => void second.push(one),
        async () => {},
      ),
    ])
    expect(first).toEqual([
      { kind: 'SyntaxError', doing: 'read it', stack: expect.arrayContaining([expect.stringContaining('own-mistake.test.ts')]) },
    ])
    expect(JSON.stringify(first)).not.toContain(secret)
    expect(second).toEqual([])
    expect(mistakesSoFar()).toBe(before + 1)
  })
})

describe('what is no mistake of the app', () => {
  it.each([
    ['a Failure', new Failure({ class: 'busy', code: 'Busy', about: { doing: 'x', message: 'y' } })],
    ['a broken connection', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['a fetch that met one', new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })],
    ['an answer that broke off', new TypeError('terminated', { cause: Object.assign(new Error('no'), { code: 'UND_ERR_SOCKET' }) })],
    ['a time limit', Object.assign(new Error('too late'), { name: 'TimeoutError' })],
    ['an error of an SDK', Object.assign(new Error('no'), { name: 'RestError', code: 'REQUEST_SEND_ERROR' })],
    ['a text', 'text'],
  ])('is not told as one: %s', (_what, error) => {
    expect(isOwnMistake(error)).toBe(false)
    expect(kubernetesFailure(error, about).fields.code).not.toBe('InternalError')
  })
})
