// A sample of the fault matrix (npm run test:faults tries all of it). FAULTS_SEED draws another one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../azurite.ts'
import { type Case, type Matrix, matrixOf } from './matrix.ts'
import { drawn } from './sample.ts'
import { tryCase } from './try-case.ts'

const seed = Number(process.env['FAULTS_SEED'] ?? 1)
const tries = 6

let azurite: AzuriteHandle
let matrix: Matrix
let sample: readonly Case[]
beforeAll(async () => {
  azurite = azuriteOfRun()
  matrix = await matrixOf(azurite)
  sample = drawn(matrix.cases, tries, seed)
}, 120_000)
afterAll(() => azurite.close())

describe('the fault matrix', () => {
  it('is made of the calls that a connect and a disconnect really make', () => {
    const calls = new Set(matrix.cases.map(({ call }) => `${call.service} ${call.method}`))
    expect([...calls]).toEqual(
      expect.arrayContaining([
        'arm DELETE',
        'arm GET',
        'arm PATCH',
        'arm POST',
        'arm PUT',
        'kubernetes DELETE',
        'kubernetes GET',
        'kubernetes PATCH',
        'storage DELETE',
        'storage GET',
        'storage POST',
      ]),
    )
    expect(matrix.cases.length).toBeGreaterThan(500)
  })

  it.each(Array.from({ length: tries }, (_, index) => index))(
    `survives case %i of seed ${seed}`,
    async (index) => {
      const one = sample[index]
      if (!one) throw new Error('The matrix is smaller than its sample')
      const { wrong } = await tryCase(one, matrix.ends[one.auth], azurite)
      expect(wrong, one.name).toBeUndefined()
    },
    120_000,
  )
})
