import fc from 'fast-check'
import { expect, it } from 'vitest'
import { operationId, parseOperationId, parseValidationId, validationId } from '../../src/linker/operation-id.ts'
import { keyOf } from '../../src/model/loop.ts'

const key = keyOf('/subscriptions/s/linkers/photos')
const generations = fc.integer({ min: 1, max: 2 ** 40 })

it('has the form of Service Connector: a guid, an asterisk and 64 capital hex digits', () => {
  expect(operationId(key, 12)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\*[0-9A-F]{64}$/)
})

it('has the same second part for all operations of a linker, and another guid for each', () => {
  const [first = '', second = ''] = [1, 2].map((generation) => operationId(key, generation))
  expect([first.split('*')[1] === second.split('*')[1], first.split('*')[0] === second.split('*')[0]]).toEqual([true, false])
})

it('gives back the key and the generation that it was made of, in any case', () => {
  fc.assert(
    fc.property(fc.string(), generations, fc.boolean(), (id, generation, isUpper) => {
      const text = operationId(keyOf(id), generation)
      expect(parseOperationId(isUpper ? text.toUpperCase() : text)).toEqual({ key: keyOf(id), generation })
    }),
  )
})

it('of a validation gives back its time, and is none of a change', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 2 ** 44 }), (id, at) => {
      const [validation, change] = [validationId(keyOf(id), at), operationId(keyOf(id), at)]
      expect(parseValidationId(validation)).toEqual({ key: keyOf(id), at })
      expect([parseOperationId(validation), parseValidationId(change)]).toEqual([undefined, undefined])
      expect(validation.split('*')[1]).toBe(change.split('*')[1])
    }),
  )
})

it('is nothing where a single digit was changed', () => {
  const text = operationId(key, 7)
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), (at) => {
      const digit = text[at] ?? ''
      const changed = `${text.slice(0, at)}${digit === '0' ? '1' : '0'}${text.slice(at + 1)}`
      expect(parseOperationId(changed)).toBeUndefined()
    }),
  )
})

it.each(['', 'x', key, `${key}.1`, operationId(key, 0).slice(1), `${operationId(key, 1)}0`])('is not %s', (text) => {
  expect(parseOperationId(text)).toBeUndefined()
})
