import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createVault, type SecretStore } from '../../src/azure/vault.ts'
import { problemOf } from '../../src/errors/catalogue.ts'
import { idOf, subscription } from '../../src/local/fleets/fleet.ts'
import { secret } from '../../src/model/secret.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

const id = (name: string): string => `https://connectorkeys.vault.azure.net/secrets/${name}`
const marks = { installation: 'main', loop: 'abc' }

describe('Key Vault', () => {
  let world: AzureWorld
  let vault: SecretStore
  const vaultAs = (oid: string): SecretStore =>
    createVault({
      ...world.connection(),
      credential: {
        getToken: async (scopes) => ({
          token: await world.cloud.entra.token({ oid }, String(scopes).replace('/.default', '')),
          expiresOnTimestamp: world.clock.now() + 3_600_000,
        }),
      },
    })
  beforeAll(async () => {
    world = await azureWorld({
      keyVaults: [
        { name: 'connectorkeys', group: 'connector', region: 'westeurope' },
        { name: 'oldkeys', group: 'connector', region: 'westeurope', azureRbac: false },
      ],
    })
    vault = vaultAs(world.cloud.app.principalId)
  })
  afterAll(() => world.close())
  beforeEach(() => world.cloud.faults.clear())

  it('keeps a secret, answers where it is, and gives it back closed', async () => {
    const kept = await vault.put(id('one'), secret('hunter2'), marks)
    expect(kept).toEqual({ id: id('one'), version: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const read = await vault.read(kept)
    expect(String(read)).toBe('[secret]')
    expect(read.reveal()).toBe('hunter2')
    expect(await vault.metadata(id('one'))).toEqual({ tags: marks, versions: [kept.version], newest: kept.version })
  })

  it('writes a new version only where the value is another', async () => {
    const first = await vault.put(id('two'), secret('a'), marks)
    expect(await vault.put(id('two'), secret('a'), marks)).toEqual(first)
    const second = await vault.put(id('two'), secret('b'), marks)
    expect(second.version).not.toBe(first.version)
    expect((await vault.read(first)).reveal()).toBe('a')
    expect((await vault.metadata(id('two')))?.versions).toEqual([first.version, second.version])
  })

  it('takes over no secret of others', async () => {
    await vault.put(id('theirs'), secret('a'), { team: 'x' })
    expect(await failure(vault.put(id('theirs'), secret('b'), marks))).toMatchObject({ class: 'manual', code: 'SecretNotOurs' })
  })

  it('knows of none that is not there, and deletes it all the same', async () => {
    expect(await vault.metadata(id('never'))).toBeUndefined()
    expect(await vault.recover(id('never'))).toBe(false)
    await vault.delete(id('never'))
  })

  it('recovers a deleted one whose name is still taken, and says when to try again', async () => {
    const kept = await vault.put(id('again'), secret('a'), marks)
    await vault.delete(id('again'))
    expect(await vault.metadata(id('again'))).toBeUndefined()
    await world.clock.pass(60_000)
    const refused = await failure(vault.put(id('again'), secret('b'), marks))
    expect(refused).toMatchObject({ class: 'busy', code: 'SecretRecovering', retryAfterMs: 10_000 })
    await world.clock.pass(60_000)
    const anew = await vault.put(id('again'), secret('b'), marks)
    expect((await vault.metadata(id('again')))?.versions).toEqual([kept.version, anew.version])
  })

  it('says which role is missing, and to whom', async () => {
    const fields = await failure(vaultAs(idOf('principal rob')).metadata(id('one')))
    expect(fields).toMatchObject({ class: 'permission', code: 'VaultRefused', about: { vault: 'connectorkeys' } })
    expect(problemOf(fields).commands?.cli).toContain('az role assignment create --assignee-object-id')
  })

  it('offers an access policy, and no role, where the vault works with those', async () => {
    const there = 'https://oldkeys.vault.azure.net/secrets/one'
    const fields = await failure(vault.metadata(there))
    expect(fields).toMatchObject({ class: 'permission', code: 'VaultPolicyMissing', about: { vault: 'oldkeys' } })
    const { principalId } = world.cloud.app
    expect(problemOf(fields).commands?.cli).toBe(
      `az keyvault set-policy --name oldkeys --object-id ${principalId} --secret-permissions get list set delete recover`,
    )
    const policy = { objectId: principalId, permissions: { secrets: ['get', 'list', 'set', 'delete', 'recover'] } }
    const path = `/subscriptions/${subscription}/resourceGroups/connector/providers/Microsoft.KeyVault/vaults/oldkeys/accessPolicies/add`
    const given = await world.as('ada').send('PUT', `${path}?api-version=2023-07-01`, { properties: { accessPolicies: [policy] } })
    expect(given.status).toBe(200)
    const kept = await vault.put(there, secret('a'), marks)
    expect((await vault.metadata(there))?.versions).toEqual([kept.version])
  })

  // https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
  it.each([
    'Client address is not authorized and caller is not a trusted service.\r\nClient address: 20.1.2.3\r\nVault: connectorkeys;location=westeurope',
    'Public network access is disabled and request is not from a trusted service nor via an approved private link.',
  ])('tells a closed network from a missing role: %s', async (message) => {
    const body = { error: { code: 'Forbidden', message, innererror: { code: 'ForbiddenByFirewall' } } }
    world.cloud.faults.add({ match: { service: 'key-vault' }, times: 1, answer: { status: 403, body } })
    const fields = await failure(vault.metadata(id('one')))
    expect(fields).toMatchObject({ class: 'permission', code: 'VaultClosed', about: { vault: 'connectorkeys' } })
    expect(problemOf(fields).commands).toBeUndefined()
  })

  it('sends its token to no other host', async () => {
    for (const bad of ['https://evil.example/secrets/one', 'https://x.vault.azure.net.evil.example/secrets/one', `${id('one')}/../two`])
      await expect(vault.metadata(bad)).rejects.toThrow('Not the id of a secret')
  })

  it('repeats no value in what it says of a broken answer', async () => {
    world.cloud.faults.add({ match: { service: 'key-vault' }, times: 1, answer: { status: 200, body: '{"value":"hunter2"' } })
    expect(JSON.stringify(await failure(vault.read({ id: id('one'), version: 'x' })))).not.toContain('hunter2')
  })
})
