import { expect, it } from 'vitest'
import { defined } from '../../src/model/defined.ts'

it('leaves out what is undefined, and nothing else', () => {
  const row: { readonly at: number; readonly name?: string; readonly of?: null } = defined({
    at: 0,
    name: undefined as string | undefined,
    of: null as null | undefined,
  })
  expect(row).toStrictEqual({ at: 0, of: null })
})
