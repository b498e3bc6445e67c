import { describe, expect, it } from 'vitest'
import { providedFor } from '../../src/auth/catalogue.ts'
import type { ConnectionSpec } from '../../src/model/connection.ts'
import { loop } from '../../src/model/loop.ts'
import { type Holder, movedFrom } from '../../src/model/provided-secret.ts'
import { aConnection, accountId, clusterId } from './a-connection.ts'

const user: Holder = { word: 'user', of: ({ userName }) => userName }
const servicePrincipal = { clientId: 'c', principalId: 'p' }
const before: ConnectionSpec = aConnection({ auth: 'service-principal', servicePrincipal, userName: 'ada' })

describe('a provided secret', () => {
  it('stays where nothing of its place has changed, whatever else has', () => {
    expect(movedFrom(before, { ...before, client: 'java', roles: [], firewall: 'keep' }, user)).toEqual([])
    expect(movedFrom(before, { ...before, targetId: before.targetId.toUpperCase(), namespace: before.namespace }, user)).toEqual([])
  })

  it.each([
    ['cluster', { cluster: loop('cluster', `${clusterId}2`) }],
    ['namespace', { namespace: 'other' }],
    ['target', { targetId: `${accountId}/queueServices/default` }],
    ['auth type', { auth: 'secret' }],
    ['user', { userName: 'eve' }],
    ['transport', { transport: 'extension' }],
  ] as const)('is not moved to another %s', (word, change) => {
    expect(movedFrom(before, { ...before, ...change }, user)).toEqual([word])
  })

  it('of a service principal belongs to its client and object id', () => {
    const holder = providedFor({ auth: 'service-principal', type: undefined })?.holder ?? expect.fail('it needs none')
    expect(movedFrom(before, { ...before, userName: 'eve' }, holder)).toEqual([])
    for (const other of [{ clientId: 'd' }, { principalId: 'q' }])
      expect(movedFrom(before, { ...before, servicePrincipal: { ...servicePrincipal, ...other } }, holder)).toEqual(['service principal'])
  })

  it('is needed by the auth types that say so', () => {
    expect(
      (['workload-identity', 'secret', 'service-principal', 'csi'] as const).filter((auth) => providedFor({ auth, type: undefined })),
    ).toEqual(['service-principal'])
  })
})
