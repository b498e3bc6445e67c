import { describe, expect, it } from 'vitest'
import { catalogue, problemOf } from '../../src/errors/catalogue.ts'
import { failureOf } from '../../src/errors/classify.ts'
import { Failure } from '../../src/errors/failure.ts'
import { arm, cluster, refusals as table } from './refusals.ts'

const doing = 'update cluster shop'
describe('failureOf', () => {
  it.each(table)('takes %s for %s', (_, raw, kind, code) => {
    const { fields } = failureOf({ ...raw, doing })
    expect({ class: fields.class, code: fields.code }).toEqual({ class: kind, code })
    expect(catalogue).toHaveProperty(fields.code)
    expect(fields.about.doing).toBe(doing)
  })

  it.each(table)('makes a problem without gaps of %s', (_, raw) => {
    const { text, cause, remediation } = problemOf(failureOf({ ...raw, doing }).fields)
    expect(`${text} ${cause} ${remediation}`).not.toMatch(/\(not known\)|undefined|\{\w+\}/)
  })

  it('takes action, scope and principal out of a refusal, and says how to grant the right', () => {
    const [, raw] = table.find(([name]) => name === 'a missing right') ?? []
    const failure = failureOf({ ...raw, doing })
    expect(failure.fields.about).toMatchObject({
      action: 'Microsoft.ContainerService/managedClusters/write',
      scope: cluster,
      principal: '22222222-2222-2222-2222-222222222222',
    })
    expect(problemOf(failure.fields).commands?.cli).toBe(
      `az role assignment create --assignee-object-id 22222222-2222-2222-2222-222222222222 --assignee-principal-type ServicePrincipal --role ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8 --scope '${cluster}'`,
    )
  })

  it('takes the linked action and scope out of a refusal', () => {
    const [, raw] = table.find(([name]) => name === 'a missing right on a linked resource') ?? []
    expect(failureOf({ ...raw, doing }).fields.about).toMatchObject({
      action: 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
      scope: '/subscriptions/S/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i',
    })
  })

  it('names the policy assignment', () => {
    const [, raw] = table.find(([name]) => name === 'a policy') ?? []
    expect(failureOf({ ...raw, doing }).fields.about.assignment).toBe('Require tags')
  })

  it.each([
    [{ 'Retry-After': '10' }, 10_000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:29:00 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 60_000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after': 'soon' }, 60_000],
    [{ 'retry-after': '-5' }, 60_000],
    [{ 'retry-after': '99999999999' }, 3_600_000],
    [{}, 60_000],
  ])('waits as %j says', (headers, ms) => {
    expect(failureOf({ status: 429, headers, doing }).fields.retryAfterMs).toBe(ms)
  })

  it('passes on a failure that was recognised before', () => {
    const failure = new Failure({ class: 'busy', code: 'Busy', about: { doing } })
    expect(failureOf({ error: failure, doing: 'something else' })).toBe(failure)
  })

  it('never repeats a signed URL or a credential', () => {
    const key = `${'a'.repeat(86)}==`
    const { about } = failureOf({
      status: 400,
      body: arm('BadRequest', `AccountKey=${key};x https://management.azure.com/op?t=638485032018035520&c=MIIHHjCC&s=verysecretsignature`),
      doing,
    }).fields
    expect(about.message).not.toContain(key)
    expect(about.message).not.toMatch(/verysecret|MIIH/)
  })

  it('survives bodies of any shape', () => {
    const loop: Record<string, unknown> = {}
    loop.error = loop
    for (const body of [
      null,
      7,
      [],
      '',
      '{',
      loop,
      { error: null },
      { error: { details: 'x', message: 4 } },
      { error: { message: 'x'.repeat(1e6) } },
    ]) {
      const { fields } = failureOf({ status: 400, body, doing })
      expect(fields.class).toBe('manual')
      expect((fields.about.message ?? '').length).toBeLessThan(600)
    }
  })
})
