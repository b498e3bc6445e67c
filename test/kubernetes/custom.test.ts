import { afterAll, beforeAll, describe } from 'vitest'
import { clusterId } from '../local/cloud/kubernetes/target.ts'
import { customBehaviours } from './custom-behaviours.ts'
import { type Behind, behindProxy } from './reached.ts'

describe('custom resources, in a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  customBehaviours(
    () => behind,
    async () => {
      const addonProfiles = { azureKeyvaultSecretsProvider: { enabled: true, identity: { clientId: 'c' } } }
      behind.world.table('resources').set(clusterId, { properties: { aadProfile: { managed: true }, addonProfiles } })
    },
  )
})
