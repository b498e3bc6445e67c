// What readers are shown of a Secret against what is written into it: the same keys, and no value that is a credential.
import { describe, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { secret } from '../../src/model/secret.ts'
import { targetOn } from '../../src/model/target-place.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { credentialOf } from '../../src/targets/resource.ts'
import { secretValuesOf, shownValuesOf } from '../../src/targets/secret-values.ts'
import type { Target } from '../../src/targets/target-type.ts'
import { aConnection, subscription } from '../model/a-connection.ts'
import { bodyOf, keysOf, sampleOf } from './samples.ts'

const rows = targets.flatMap((target) =>
  target.auth.flatMap((auth) =>
    (target.clientsByAuth?.[auth] ?? target.clients).map((client) => ({ target, type: target.type, auth, client })),
  ),
)
const identity = { clientId: 'c1', principalId: 'p1', tenant: 't1' }

function serviceOf({ on, type }: Target) {
  const sample = sampleOf({ on, type } as Target)
  return on.read(bodyOf(sample), sample.detail).services[type] ?? expect.fail(`the sample offers no ${type}`)
}

const connectionTo = (target: Target, over: object) => {
  const id = resourceId(`/subscriptions/${subscription}/resourceGroups/data/providers/${target.on.armType}/${sampleOf(target).name}`)
  return aConnection({
    type: target.type,
    targetId: targetOn(id, target, sampleOf(target).child)?.id ?? expect.fail('no id'),
    servicePrincipal: { clientId: 'c2', principalId: 'p2' },
    secret: { id: 'https://vault/secrets/x', version: '1' },
    userName: 'ada',
    identity: loop('identity', '/subscriptions/s/identity'),
    ...over,
  })
}

describe.each(rows)('$type by $auth for $client', ({ target, auth, client }) => {
  const added = { additionalConfigurations: { MINE: 'seen' }, additionalConnectionStringProperties: { Timeout: '30' } }
  const self = connectionTo(target, { auth, client, keyNaming: 'perConnection', ...added })
  const known = { service: serviceOf(target), identity, tenant: 't1' }
  const written = secretValuesOf(target, self, known, {
    credential: secret(credentialOf(target.on, target.type)?.pick(keysOf(sampleOf(target)), 'primary') ?? ''),
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
