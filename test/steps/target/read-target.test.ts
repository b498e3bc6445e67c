import { describe, expect, it } from 'vitest'
import type { TargetFacts } from '../../../src/model/facts.ts'
import { readTarget } from '../../../src/steps/target/read-target.ts'
import { attempted, connection, fakeArm, following, minutes, now, portsOf, refusal, stdata, viewOf } from '../builders.ts'

const account = {
  id: stdata.id,
  location: 'North Europe',
  kind: 'StorageV2',
  properties: {
    primaryEndpoints: { blob: 'https://stdata.blob.core.windows.net/' },
    allowSharedKeyAccess: true,
    networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '1.2.3.4', action: 'Allow' }] },
  },
}
const view = viewOf(stdata, { members: [connection()] })

describe('read-target', () => {
  it('tells where the target is, whom its network lets in and what it accepts', async () => {
    const { facts } = await attempted(readTarget, view, portsOf({ arm: fakeArm({ [stdata.id]: account }) }))
    expect(facts).toMatchObject({
      location: 'northeurope',
      services: { 'storage-blob': { endpoint: 'https://stdata.blob.core.windows.net/' } },
      network: 'rules',
      localAuth: true,
    })
  })

  it('tells of each service of an account apart, whichever type its members have', async () => {
    const endpoints = { blob: 'https://stdata.blob.core.windows.net/', queue: 'https://stdata.queue.core.windows.net/' }
    const both = { ...account, properties: { ...account.properties, primaryEndpoints: endpoints } }
    const members = [connection({ name: 'q', type: 'storage-queue' }), connection()]
    const { facts, problems } = await attempted(readTarget, viewOf(stdata, { members }), portsOf({ arm: fakeArm({ [stdata.id]: both }) }))
    expect((facts as Partial<TargetFacts>).services).toEqual({
      'storage-blob': { endpoint: endpoints.blob },
      'storage-queue': { endpoint: endpoints.queue },
    })
    expect(problems).toEqual([])
  })

  it('leaves the addresses in the firewall to the step that changes them', async () => {
    const { facts } = await attempted(readTarget, view, portsOf({ arm: fakeArm({ [stdata.id]: account }) }))
    expect(facts).not.toHaveProperty('allowedIps')
  })

  it('says at once that a target was not found, and calls it gone at the second read', async () => {
    const ports = portsOf()
    const first = await attempted(readTarget, view, ports)
    expect(first.problems).toMatchObject([{ code: 'TargetMissing', text: expect.stringContaining('stdata') }])
    expect(first.facts).toEqual({ missingSince: now })
    expect(first.nextRunAt).toBe(now + 10 * minutes)
    const second = await attempted(readTarget, following(readTarget, view, first, { now: now + 10 * minutes }), ports)
    expect(second.problems).toMatchObject([{ code: 'TargetGone' }])
    expect(second.facts).toEqual({ missingSince: now, gone: true })
  })

  it('never takes a refusal for absence', async () => {
    const arm = fakeArm()
    arm.refuse = () => refusal()
    const run = await attempted(readTarget, view, portsOf({ arm }))
    expect(run.facts).toBeUndefined()
    expect(run.failure?.fields.code).toBe('Forbidden')
  })

  it('makes an account without blobs a problem of the blob connections', async () => {
    const files = { ...account, kind: 'FileStorage', properties: { ...account.properties, primaryEndpoints: {} } }
    const { problems } = await attempted(readTarget, view, portsOf({ arm: fakeArm({ [stdata.id]: files }) }))
    expect(problems).toMatchObject([
      { code: 'TargetWithoutService', of: connection().key, text: 'The target stdata does not offer Azure Blob Storage.' },
    ])
  })

  it('goes on reading a target whose members have left', async () => {
    const { facts } = await attempted(readTarget, viewOf(stdata), portsOf({ arm: fakeArm({ [stdata.id]: account }) }))
    expect(facts).toMatchObject({ network: 'rules' })
  })
})
