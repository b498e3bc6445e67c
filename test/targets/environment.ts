// What the pod of a connection has in its environment, made by the table of its type from a resource as Azure answers it.
import { expect } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { secret } from '../../src/model/secret.ts'
import { targetOn } from '../../src/model/target-place.ts'
import type { TargetTypeName } from '../../src/model/target-type.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { credentialOf } from '../../src/targets/resource.ts'
import { valuesIn } from '../../src/targets/secret-table.ts'
import { bodyOf, keysOf, sampleOf } from './samples.ts'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/data'

/** Values by key. A key that is not there is a failure of the test. */
export function environment(type: TargetTypeName, auth: Auth, client = 'nodejs'): (key: string) => string {
  const target = targetOf(type)
  if (!target) return expect.fail(`there is no ${type}`)
  const { on } = target
  const sample = sampleOf(target)
  const service = on.read(bodyOf(sample), sample.detail).services[type]
  if (!service) return expect.fail(`the sample offers no ${type}`)
  const values = valuesIn(target.secret, auth, client, {
    service,
    targetId: targetOn(resourceId(`${group}/providers/${on.armType}/${sample.name}`), target, sample.child)?.id ?? expect.fail('no id'),
    identity: { clientId: 'c1', principalId: 'p1', tenant: 't1' },
    servicePrincipal: { clientId: 'c2', tenant: 't1' },
    provided: { secret: secret('hush') },
    credential: secret(credentialOf(on, type)?.pick(keysOf(sample), 'primary') ?? ''),
  })
  return (key) => {
    const value = values[key]
    if (value === undefined) return expect.fail(`there is no ${key}`)
    return typeof value === 'string' ? value : value.reveal()
  }
}
