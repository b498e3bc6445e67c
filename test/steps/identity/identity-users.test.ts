import { describe, expect, it } from 'vitest'
import { placeOf } from '../../../src/model/connection.ts'
import { identityUsers } from '../../../src/steps/identity/identity-users.ts'
import { connection, viewOf, worker } from '../builders.ts'

const made = connection()
const same = connection({ name: 'same' })
const other = connection({ name: 'other', namespace: 'mail' })
const users = (members: readonly ReturnType<typeof connection>[], madeFor?: string) => {
  const { users: all, faults } = identityUsers(viewOf(worker, { members, facts: madeFor === undefined ? {} : { madeFor } }))
  return [all.map(({ name }) => name), faults.map(({ code, of }) => [code, of])]
}
const given = (of: typeof made) => ({ ...of, provided: true })

describe('users of an identity', () => {
  it('are all members who brought it along, wherever they are', () => {
    expect(users([given(made), given(other)])).toEqual([['data', 'other'], []])
  })

  it('are those of one workload only where the app made it, no matter who else has its name or provides it', () => {
    for (const one of [other, given(other)])
      expect(users([made, same, one], placeOf(made))).toEqual([['data', 'same'], [['IdentityOfAnother', one.key]]])
    expect(users([given(other)], placeOf(made))).toEqual([[], [['IdentityOfAnother', other.key]]])
  })

  it('are of one place also before it is known for which it was made', () => {
    const [all, faults] = users([made, other])
    expect([all?.length, faults?.length]).toEqual([1, 1])
  })
})
