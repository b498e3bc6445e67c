import { describe, expect, it } from 'vitest'
import { finish } from '../../../src/engine/attempt-result.ts'
import { Failure } from '../../../src/errors/failure.ts'
import { spreadMs } from '../../../src/model/conditions.ts'
import type { Connection } from '../../../src/model/connection.ts'
import type { ConnectionFacts, IdentityFacts } from '../../../src/model/facts.ts'
import { grantFact } from '../../../src/model/grant-fact.ts'
import { secret } from '../../../src/model/secret.ts'
import type { Probe } from '../../../src/ports/probe.ts'
import { proveAccess } from '../../../src/steps/connection/prove-access.ts'
import {
  attempted,
  clusterFacts,
  connection,
  contributor,
  fakeCluster,
  following,
  identityFacts,
  installation,
  loopOf,
  now,
  portsOf,
  refusal,
  shop,
  stdata,
  subject,
  targetFacts,
  viewOf,
  worker,
} from '../builders.ts'

const hidden = 'eyJ-of-the-account'
const role = grantFact(contributor, stdata.id)
type Given = {
  readonly self?: Partial<Connection>
  readonly facts?: Partial<ConnectionFacts>
  readonly identity?: Partial<IdentityFacts>
  readonly removing?: boolean
}
function view({ self: of = {}, facts = {}, identity = {}, removing = false }: Given = {}) {
  const self = connection({ roles: [contributor], ...of })
  const there = { credentials: [`https://issuer/shop/|${subject()}`], serviceAccounts: [`${shop.key}/orders`], roles: [role] }
  return viewOf(loopOf(self), {
    self,
    removing,
    facts: { consent: 'granted', secretName: 'sc-data-secret', ...facts },
    others: [
      [shop, clusterFacts()],
      [stdata, targetFacts()],
      [worker, identityFacts({ ...there, ...identity })],
    ],
  })
}

const good: Probe = { signIn: async () => ({ token: secret('eyJ-of-the-identity') }), read: async () => 'read' }
const notSignedIn = (error: string): Probe => ({ ...good, signIn: async () => ({ status: 401, error, text: `AADSTS${error}` }) })
const notRead = (error: string): Probe => ({ ...good, read: async () => ({ status: 403, error, text: `403 ${error}` }) })
const throwing = (failure: Failure): Probe => ({ ...good, signIn: () => Promise.reject(failure), read: () => Promise.reject(failure) })
const noAnswer = new Failure({ class: 'transient', code: 'NoAnswer', about: { doing: 'ask', message: 'ECONNRESET' } })

function portsWith(probe: Probe, token = async () => secret(hidden)) {
  const calls: string[] = []
  const counted: Probe = {
    signIn(who) {
      calls.push('signIn')
      return probe.signIn(who)
    },
    read(...input) {
      calls.push('read')
      return probe.read(...input)
    },
  }
  return { calls, ports: portsOf({ probe: counted, kubernetes: async () => ({ ...fakeCluster(), token }) }) }
}
const mismatch = 'AuthorizationPermissionMismatch'

describe('prove-access', () => {
  it('is there only where the installation asks for it', () => {
    expect([proveAccess.enabled?.(installation), proveAccess.enabled?.({ ...installation, proveAccess: true })]).toEqual([false, true])
  })

  it.each([
    ['another transport', { self: { transport: 'extension' } }],
    ['a service principal', { self: { auth: 'service-principal' } }],
    ['a key', { self: { auth: 'secret' } }],
    ['a Secret that is not written yet', { facts: { secretName: undefined } }],
    ['consent that is withdrawn', { facts: { consent: 'withdrawn' } }],
    ['a removal', { removing: true }],
    ['a role that is not there yet', { identity: { roles: [] } }],
  ] as const)('requests nothing for %s', async (_, given) => {
    const { calls, ports } = portsWith(good)
    const run = await attempted(proveAccess, view(given as Given), ports)
    expect([calls, run.waits, run.problems]).toEqual([[], [], []])
  })

  it.each([
    ['everything', good, {}, 'access'],
    ['the credential, where the network keeps the app out', notRead('AuthorizationFailure'), {}, 'credential'],
    ['the credential, where there is no way to the target', { ...throwing(noAnswer), signIn: good.signIn }, {}, 'credential'],
    [
      'the credential, where a condition may deny the read',
      notRead(mismatch),
      { identity: { limits: { [role]: { what: 'it', condition: 'x' } } } },
      'credential',
    ],
  ] as const)('proves %s, and not once more', async (_, probe, given, what) => {
    const { calls, ports } = portsWith(probe)
    const run = await attempted(proveAccess, view(given), ports)
    const { proven } = run.facts as ConnectionFacts
    const after = calls.length
    await attempted(proveAccess, following(proveAccess, view(given), run), ports)
    expect([proven?.what, proven?.at, run.waits, calls.length]).toEqual([what, now, [], after])
  })

  it('proves it again for other roles', async () => {
    const { calls, ports } = portsWith(good)
    const { facts } = await attempted(proveAccess, view(), ports)
    const proven = (facts as ConnectionFacts).proven
    await attempted(proveAccess, view({ self: { roles: [] }, facts: proven ? { proven } : {} }), ports)
    expect(calls).toEqual(['signIn', 'read', 'signIn'])
  })

  it.each([
    ...['70021', '700016', '700211', '700212', '700213'].map((code) => [code, notSignedIn(code), spreadMs['federate-identity']] as const),
    [mismatch, notRead(mismatch), spreadMs['assign-roles']] as const,
  ])('waits for what spreads (%s) as long as is documented, and tells then', async (code, probe, bound) => {
    const { ports } = portsWith(probe)
    const run = await attempted(proveAccess, view(), ports)
    expect(run.waits.map(({ text }) => text)).toEqual([expect.stringContaining(code)])
    expect([run.nextRunAt, finish(run, undefined, now).outcome.kind]).toEqual([now + bound, 'waiting'])
    const later = following(proveAccess, view(), run, { now: now + bound })
    expect((await attempted(proveAccess, later, ports)).problems).toMatchObject([{ code: 'AccessRefused' }])
  })

  it('warns at once, and holds up nothing, where a right is missing in the cluster', async () => {
    const { ports } = portsWith(good, () => Promise.reject(refusal()))
    const run = await attempted(proveAccess, view(), ports)
    expect([run.problems.map(({ code }) => code), finish(run, undefined, now).outcome.kind]).toEqual([['AccessUnproven'], 'satisfied'])
  })

  it('waits where no answer comes, and only warns in the end', async () => {
    const { ports } = portsWith(throwing(noAnswer))
    const run = await attempted(proveAccess, view(), ports)
    expect(run.waits).toHaveLength(1)
    const later = following(proveAccess, view(), run, { now: now + spreadMs['assign-roles'] })
    expect((await attempted(proveAccess, later, ports)).problems).toMatchObject([{ code: 'AccessUnproven', warning: true }])
  })

  it('keeps no token in what it tells and remembers', async () => {
    for (const probe of [good, notSignedIn('70021'), notRead(mismatch), throwing(noAnswer)])
      expect(JSON.stringify(await attempted(proveAccess, view(), portsWith(probe).ports))).not.toContain('eyJ')
  })
})
