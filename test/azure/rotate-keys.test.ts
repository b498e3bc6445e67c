// The rotation of every resource with keys, through the real step and the real client against the simulated cloud.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { finish } from '../../src/engine/attempt-result.ts'
import { keySlots } from '../../src/model/key-slot.ts'
import { loop } from '../../src/model/loop.ts'
import type { StepRow } from '../../src/model/outcome.ts'
import { selfOf } from '../../src/model/readers.ts'
import type { View } from '../../src/model/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { renewalByHand } from '../../src/steps/by-hand/keys.ts'
import { rotateKeys } from '../../src/steps/target/rotate-keys.ts'
import { resources, targets } from '../../src/targets/catalogue.ts'
import { allowAll } from '../model/allow-all.ts'
import { liveResources, lives } from '../scenarios/live-targets.ts'
import { attempted, connection, following, minutes, now, portsOf, viewOf } from '../steps/builders.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

let world: AzureWorld
let ports: Ports
beforeAll(async () => {
  world = await azureWorld({
    storageAccounts: [{ name: 'orders', group: 'shop', region: 'northeurope', network: 'open' }],
    resources: liveResources,
  })
  ports = portsOf({ arm: createArm(world.connection('ada')) })
})
afterAll(() => world.close())

const rotation = { at: now - 1, overlapMs: 30 * minutes }
const withKeys = lives.filter(({ on }) => on.renewal)

function view({ id }: { readonly id: string }): View<'target'> {
  const target = loop('target', id)
  const member = connection({ auth: 'secret', target })
  return viewOf(target, {
    members: [member],
    rotation,
    policies: [{ name: 'all', allow: { ...allowAll, rotateKeys: true } }],
    others: [[selfOf(member), { consent: 'granted', secretName: 's', keyOf: rotation.at }]],
  })
}

const keysOf = async ({ id, on }: (typeof lives)[number]): Promise<readonly string[]> =>
  await Promise.all(
    keySlots.map(async (slot) => {
      const { action, pick } = on.credentials['*'] ?? expect.fail(`${id} has no keys`)
      return (await ports.arm.secret(id, action, on.apiVersion, (answer) => pick(answer, slot))).reveal()
    }),
  )

/** One attempt after the other, as the loop makes them, with the operations that go on after them. */
async function settle(from: View<'target'>): Promise<View<'target'>> {
  let at = from
  let before: StepRow | undefined
  for (let tries = 0; tries < 12; tries++) {
    const run = await attempted(rotateKeys, at, ports, before ? { before } : {})
    if (run.failure) throw run.failure
    const next = following(rotateKeys, at, run)
    const isStill = JSON.stringify(next.facts) === JSON.stringify(at.facts) && run.changed.length === 0 && !run.started
    at = next
    if (isStill) return at
    before = { ...finish(run, before, now), step: 'rotate-keys', facts: {}, tracked: run.tracked, wake: [] } as unknown as StepRow
    if (run.started) await world.clock.pass(2 * minutes)
  }
  throw new Error('It goes on and on')
}

describe.each(withKeys.map((one) => ({ name: one.name, one })))('a rotation of $name', ({ one }) => {
  it('regenerates one key, and the other when the overlap is over', async () => {
    const [first, second] = await keysOf(one)
    const waiting = await settle(view(one))
    const [still, renewed] = await keysOf(one)
    expect([still === first, renewed === second]).toEqual([true, false])
    const ended = await settle({ ...waiting, now: now + rotation.overlapMs })
    expect(ended.facts.rotation?.endedAt).toBe(now + rotation.overlapMs)
    const [last, kept] = await keysOf(one)
    expect([last === first, kept === renewed]).toEqual([false, true])
  })

  it('has a line for a person, without a key in it', async () => {
    const { cli = '' } =
      renewalByHand(one.id, [
        {
          action: 'create',
          object: { kind: 'renewed-key', id: 'k', summary: 'k', slot: 'secondary' },
          observed: { id: 'k', state: 'absent' },
        },
      ]) ?? {}
    expect(cli).toContain(`${one.id}/${one.on.renewal?.action}?api-version=`)
    for (const key of await keysOf(one)) expect(cli).not.toContain(key)
  })
})

it('is there for every resource that a type with keys is on, but for Application Insights, whose key cannot be regenerated', () => {
  const byKey = resources.filter((on) =>
    targets.some((target) => target.on === on && target.auth.includes('secret') && target.gives !== 'nothing'),
  )
  expect(byKey.filter(({ renewal }) => !renewal).map(({ armType }) => armType)).toEqual(['microsoft.insights/components'])
})
