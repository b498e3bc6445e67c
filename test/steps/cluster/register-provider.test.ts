import { expect, it } from 'vitest'
import { registerProvider } from '../../../src/steps/cluster/register-provider.ts'
import { attempted, connection, fakeArm, portsOf, shop, tracked, viewOf } from '../builders.ts'

const provider = '/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.KubernetesConfiguration'
const view = (transport: 'direct' | 'extension' = 'extension') => viewOf(shop, { members: [connection({ transport })] })
const arm = (registrationState: string) => fakeArm({ [provider]: { registrationState } })

it('wants nothing where every connection comes directly', async () => {
  const there = arm('NotRegistered')
  const run = await attempted(registerProvider, view('direct'), portsOf({ arm: there }))
  expect({ calls: there.calls, facts: run.facts }).toEqual({ calls: [], facts: { provider: undefined } })
})

it.each(['NotRegistered', 'Unregistered', 'Unregistering'])('registers one that is %s', async (state) => {
  const there = arm(state)
  there.post = async (id, action) => {
    there.calls.push(`POST ${id}/${action}`)
    there.resources.set(provider.toLowerCase(), { registrationState: 'Registering' })
    return { body: undefined }
  }
  const run = await attempted(registerProvider, view(), portsOf({ arm: there }))
  expect(there.calls).toContain(`POST ${provider}/register`)
  expect(run).toMatchObject({
    facts: { provider: 'Registering' },
    changed: [expect.stringContaining('registration of Microsoft.KubernetesConfiguration')],
  })
  expect(run.nextRunAt).toBeDefined()
})

it.each(['Registered', 'Registering'])('leaves one alone that is %s', async (state) => {
  const there = arm(state)
  const run = await attempted(registerProvider, view(), portsOf({ arm: there }))
  expect(there.calls).toEqual([`GET ${provider}`])
  expect(run.facts).toEqual({ provider: state })
})

it('never takes it back', async () => {
  const [object] = registerProvider.desired(view()).objects
  if (!object) throw new Error('it wants nothing')
  const there = arm('Registered')
  const run = await attempted(
    registerProvider,
    viewOf(shop, { tracked: { 'register-provider': [tracked(object)] } }),
    portsOf({ arm: there }),
  )
  expect({ calls: there.calls, tracked: run.tracked }).toEqual({ calls: [`GET ${provider}`], tracked: [] })
})

it('says how to register it by hand where it only reports', async () => {
  const run = await attempted(registerProvider, view(), portsOf({ arm: arm('NotRegistered') }), { mode: 'report' })
  expect(run.report?.commands?.cli).toMatch(/^az provider register .*--namespace Microsoft\.KubernetesConfiguration$/)
})
