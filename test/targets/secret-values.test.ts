// What readers are shown of a Secret against what is written into it: the same keys, and no value that is a credential.
import { describe, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import { secret } from '../../src/model/secret.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { secretValuesOf, shownValuesOf } from '../../src/targets/secret-values.ts'
import type { Target } from '../../src/targets/target-type.ts'
import { aConnection } from '../model/a-connection.ts'
import { placed } from './samples.ts'

const rows = targets.flatMap((target) =>
  target.auth.flatMap((auth) =>
    (target.clientsByAuth?.[auth] ?? target.clients).map((client) => ({ target, type: target.type, auth, client })),
  ),
)
const identity = { clientId: 'c1', principalId: 'p1', tenant: 't1' }

const connectionTo = (target: Target, over: object) =>
  aConnection({
    type: target.type,
    targetId: placed(target).targetId,
    servicePrincipal: { clientId: 'c2', principalId: 'p2' },
    secret: { id: 'https://vault/secrets/x', version: '1' },
    userName: 'ada',
    identity: loop('identity', '/subscriptions/s/identity'),
    ...over,
  })

describe.each(rows)('$type by $auth for $client', ({ target, auth, client }) => {
  const added = { additionalConfigurations: { MINE: 'seen' }, additionalConnectionStringProperties: { Timeout: '30' } }
  const self = connectionTo(target, { auth, client, keyNaming: 'perConnection', ...added })
  const { service, key: ofTarget } = placed(target)
  const known = { service, identity, tenant: 't1' }
  const written = secretValuesOf(target, self, known, {
    credential: secret(ofTarget),
    provided: secret('hush'),
  })

  it('shows every key that is written, with its value unless that is a credential', () => {
    const plain = Object.fromEntries(Object.entries(written).map(([key, value]) => [key, typeof value === 'string' ? value : '']))
    expect(shownValuesOf(target, self, known)).toEqual(plain)
  })

  it('shows the same keys before anything is known', () => {
    const shown = shownValuesOf(target, self, {})
    expect(Object.keys(shown)).toEqual(Object.keys(written))
    for (const [key, value] of Object.entries(shown)) expect(['', written[key]]).toContain(value)
  })
})
