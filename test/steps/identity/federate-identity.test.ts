import { describe, expect, it } from 'vitest'
import { credentialName } from '../../../src/model/names.ts'
import type { Credential } from '../../../src/ports/azure.ts'
import { federateIdentity } from '../../../src/steps/identity/federate-identity.ts'
import {
  connection as aConnection,
  attempted,
  clusterFacts,
  fakeIdentities,
  following,
  identityFacts,
  installation,
  mall,
  portsOf,
  refusal,
  shop,
  subject,
  viewOf,
  worker,
} from '../builders.ts'

const issuer = 'https://issuer/shop/'
const audience = 'api://AzureADTokenExchange'
/** Only an identity that its members provided serves several places. */
const connection = (of: Parameters<typeof aConnection>[0] = {}) => aConnection({ provided: true, ...of })
const mail = connection({ name: 'mail', namespace: 'mail' })
const inMall = connection({ cluster: mall, provided: true })
const credential = (of: Partial<Credential> = {}): Credential => ({
  name: credentialName(installation.name, issuer, subject()),
  issuer,
  subject: subject(),
  audiences: [audience],
  ...of,
})
const run = (view: ReturnType<typeof viewOf<'identity'>>, identities = fakeIdentities()) =>
  attempted(federateIdentity, view, portsOf({ identities }))
const view = (given: Partial<Parameters<typeof viewOf<'identity'>>[1]> = {}) =>
  viewOf(worker, {
    members: [connection()],
    facts: identityFacts(),
    others: [
      [shop, clusterFacts()],
      [mall, clusterFacts({ issuer: 'https://issuer/mall/' })],
    ],
    ...given,
  })

describe('federate-identity', () => {
  it('makes one credential for each issuer and ServiceAccount, one write after another', async () => {
    const identities = fakeIdentities()
    const members = [connection(), connection({ name: 'same-place' }), mail, inMall]
    const made = await run(view({ members }), identities)
    expect(identities.calls).toEqual([`add ${subject()}`, `add ${subject('mail')}`, `add ${subject()}`])
    expect(identities.list).toContainEqual(credential())
    expect(made.facts).toEqual({
      credentials: [`https://issuer/mall/|${subject()}`, `${issuer}|${subject('mail')}`, `${issuer}|${subject()}`],
    })
  })

  it('keeps a credential while another member needs it, and deletes it after the last one', async () => {
    const identities = fakeIdentities()
    const both = view({ members: [connection(), connection({ name: 'same-place' })] })
    const made = await run(both, identities)
    const one = following(federateIdentity, both, made, { members: [connection()] })
    expect((await run(one, identities)).pendingDeletes).toEqual([])
    expect(identities.list).toHaveLength(1)
    await run({ ...one, members: [] }, identities)
    expect(identities.list).toEqual([])
  })

  it('replaces the credential when the cluster was made again and has another issuer', async () => {
    const identities = fakeIdentities()
    const before = view()
    const made = await run(before, identities)
    const anew = view({
      others: [[shop, clusterFacts({ issuer: 'https://issuer/anew/' })]],
      tracked: { 'federate-identity': made.tracked },
    })
    await run(anew, identities)
    expect(identities.list.map((one) => one.issuer)).toEqual(['https://issuer/anew/'])
  })

  it('adopts a credential that another party made for the same, and never deletes it', async () => {
    const identities = fakeIdentities([], [credential({ name: 'by-hand' })])
    const before = view()
    const made = await run(before, identities)
    expect(made.tracked.map((row) => row.ownership)).toEqual(['adopted'])
    await run(following(federateIdentity, before, made, { members: [] }), identities)
    expect(identities.calls).toEqual([])
  })

  it('says that a credential of others has the wrong audience', async () => {
    const { problems } = await run(view(), fakeIdentities([], [credential({ name: 'by-hand', audiences: ['api://other'] })]))
    expect(problems).toMatchObject([{ code: 'NotOurs', text: expect.stringContaining('api://other') }])
  })

  it('waits for a cluster without issuer, serves the others, and deletes nothing meanwhile', async () => {
    const identities = fakeIdentities()
    const { issuer: _, ...unissued } = clusterFacts()
    const both = view({ members: [connection(), inMall] })
    const made = await run(both, identities)
    const others = [
      [shop, unissued],
      [mall, clusterFacts({ issuer: 'https://issuer/mall/' })],
    ] as const
    const { waits } = await run(
      view({ members: [connection(), inMall], others, tracked: { 'federate-identity': made.tracked } }),
      identities,
    )
    expect(waits).toMatchObject([{ member: connection().key, text: expect.stringContaining('cluster shop has an OIDC issuer') }])
    expect(identities.list).toHaveLength(2)
  })

  it('waits for the identity itself', async () => {
    const { waits } = await run(view({ facts: {} }))
    expect(waits).toMatchObject([{ text: 'waiting until identity worker is there' }])
  })

  it('makes as many as Azure allows beside those of others, and tells the members that are left out', async () => {
    const foreign = Array.from({ length: 19 }, (_, index) => credential({ name: `by-hand-${index}`, subject: `somebody-${index}` }))
    const identities = fakeIdentities([], foreign)
    const facts = identityFacts({ credentials: foreign.map((one) => `${one.issuer}|${one.subject}`) })
    const { problems } = await run(view({ members: [connection(), mail], facts }), identities)
    expect(identities.list).toHaveLength(20)
    expect(problems).toMatchObject([{ code: 'CredentialLimit', of: connection().key, text: expect.stringContaining('21') }])
  })

  it('asks Azure for none above the limit when it did not know of those of others', async () => {
    const foreign = Array.from({ length: 19 }, (_, index) => credential({ name: `by-hand-${index}`, subject: `somebody-${index}` }))
    const identities = fakeIdentities([], foreign)
    const { failure } = await run(view({ members: [connection(), mail] }), identities)
    expect(failure?.fields).toMatchObject({ code: 'CredentialLimit', about: { count: '21', max: '20' } })
    expect(identities.calls).toHaveLength(1)
  })

  it('goes on with the next credential when one is refused, and fails all the same', async () => {
    const identities = fakeIdentities()
    const add = identities.addCredential
    identities.addCredential = async (id, one) => {
      if (one.subject === subject('mail')) throw refusal({ class: 'busy', code: 'Busy' })
      return add(id, one)
    }
    const { failure } = await run(view({ members: [mail, connection(), inMall] }), identities)
    expect(failure?.fields.code).toBe('Busy')
    expect(identities.list.map((one) => one.subject)).toEqual([subject(), subject()])
  })
})
