// What the pod of a connection has in its environment, made by the table of its type from a resource as Azure answers it.
import { expect } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { secret } from '../../src/model/secret.ts'
import type { TargetTypeName } from '../../src/model/target-type.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { valuesIn } from '../../src/targets/secret-table.ts'
import { placed } from './samples.ts'

/** Values by key. A key that is not there is a failure of the test. `given`: the target's key, in place of that of its sample. */
export function environment(type: TargetTypeName, auth: Auth, client = 'nodejs', given?: string): (key: string) => string {
  const target = targetOf(type)
  if (!target) return expect.fail(`there is no ${type}`)
  const { service, targetId, key: ofTarget } = placed(target)
  const values = valuesIn(target.secret, auth, client, {
    service,
    targetId,
    identity: { clientId: 'c1', principalId: 'p1', tenant: 't1' },
    servicePrincipal: { clientId: 'c2', tenant: 't1' },
    provided: { secret: secret('hush') },
    credential: secret(given ?? ofTarget),
  })
  return (key) => {
    const value = values[key]
    if (value === undefined) return expect.fail(`there is no ${key}`)
    return typeof value === 'string' ? value : value.reveal()
  }
}
