import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/local/clock.ts'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'
import { federatedCredentials, principals, tenant } from '../../src/local/cloud/entra/directory.ts'
import { createEntra } from '../../src/local/cloud/entra/entra.ts'
import type { CloudResponse, CloudService } from '../../src/local/cloud/http.ts'
import { startProxy } from '../../src/local/cloud/proxy.ts'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { createStorage } from '../../src/local/cloud/storage/gate.ts'
import { createWorld } from '../../src/local/cloud/world.ts'
import { runPod, tokenAudience } from '../../src/local/workload/pod.ts'
import { azuriteOfRun } from '../azurite.ts'

const issuer = 'https://westeurope.oic.prod-aks.azure.com/t/c/'
const subject = 'system:serviceaccount:shop:sc-account'
const clientId = '55555555-5555-4555-8555-555555555555'
const identityId = '/subscriptions/s/resourcegroups/rg/providers/microsoft.managedidentity/userassignedidentities/shop'
const key = Buffer.from('the account key').toString('base64')
const secrets = {
  string: {
    AZURE_STORAGEBLOB_CONNECTIONSTRING: `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${key};EndpointSuffix=core.windows.net`,
  },
  endpoint: { AZURE_STORAGEBLOB_RESOURCEENDPOINT: 'https://shop.blob.core.windows.net/' },
}

// A year ahead: whatever still used the real date would be refused.
const clock = new VirtualClock(Date.now() + 365 * 86_400_000)
const world = createWorld(clock)
const cluster = await generateKeyPair('RS256')
const may = new Set<string>()
const inside = 'aks-shop'
let azurite: AzuriteHandle
let proxy: Awaited<ReturnType<typeof startProxy>>
let base: { proxyUrl: string; caFile: string; location: string; clock: VirtualClock }
let services: CloudService[]

beforeAll(async () => {
  azurite = azuriteOfRun()
  const jwk = { ...(await exportJWK(cluster.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }
  const entra = await createEntra(world, {
    async dispatch({ url }): Promise<CloudResponse> {
      if (url.href === `${issuer}.well-known/openid-configuration`)
        return { status: 200, body: { issuer, jwks_uri: `${issuer}openid/v1/jwks` } }
      return { status: 200, body: { keys: [jwk] } }
    },
  })
  const storage = createStorage(world, {
    verify: entra.verify,
    azurite,
    account: () => ({ id: '/subscriptions/s/storageAccounts/shop', keys: [key], allowSharedKeyAccess: true }),
    isAllowed: (_world, _account, location) => location === inside,
    mayDo: (_world, { principalId }) => may.has(principalId),
  })
  services = [entra.service, storage.service]
  const owner = (hostname: string): CloudService | undefined => services.find((each) => each.owns(hostname))
  const authority = await createAuthority('test')
  const caFile = join(mkdtempSync(join(tmpdir(), 'workload-test-')), 'ca.pem')
  writeFileSync(caFile, authority.pem)
  proxy = await startProxy({
    clock,
    owns: (hostname) => owner(hostname) !== undefined,
    certificate: (hostname) => issue(authority, [hostname]),
    handle: async (request) => owner(request.url.hostname)?.handle(request) ?? { status: 502 },
  })
  base = { proxyUrl: `http://127.0.0.1:${proxy.port}`, caFile, location: inside, clock }
  const seen = { createdAt: clock.now(), visibleAt: clock.now() }
  principals(world).set('shop', { oid: 'shop', appId: clientId, kind: 'managed-identity', name: 'shop', resourceId: identityId, ...seen })
})
afterAll(async () => {
  await proxy.close()
  await azurite.close()
})

const serviceAccount = async () => ({
  clientId,
  tenantId: tenant,
  token: await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(tokenAudience)
    .setIssuedAt(clock.now() / 1000)
    .setExpirationTime(clock.now() / 1000 + 3600)
    .sign(cluster.privateKey),
})

describe('the sample workload as a pod', () => {
  it('counts containers with a connection string', async () => {
    expect(await runPod({ ...base, secret: secrets.string })).toEqual({ exitCode: 0, output: '0 containers' })
  })

  it('is refused with a token that is not trusted, then without a role, then counts', async () => {
    const pod = { ...base, secret: secrets.endpoint, serviceAccount: await serviceAccount() }
    expect(await runPod(pod)).toMatchObject({ exitCode: 1, output: expect.stringMatching(/^Could not list containers: .*AADSTS70021/) })
    federatedCredentials(world).set(`${identityId}/c`, {
      identityId,
      name: 'c',
      issuer,
      subject,
      audiences: [tokenAudience],
      effectiveAt: clock.now(),
    })
    expect(await runPod(pod)).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^Could not list containers: 403 AuthorizationPermissionMismatch /),
    })
    may.add('shop')
    expect(await runPod(pod)).toEqual({ exitCode: 0, output: '0 containers' })
  })

  it('is refused from elsewhere', async () => {
    const { exitCode, output } = await runPod({ ...base, location: 'aks-other', secret: secrets.string })
    expect(exitCode).toBe(1)
    expect(output).toMatch(
      /^Could not list containers: 403 AuthorizationFailure This request is not authorized to perform this operation\.$/,
    )
  })

  it('says what is missing without a connection', async () => {
    const { exitCode, output } = await runPod({ ...base, secret: {} })
    expect({ exitCode, lines: output.split('\n').length }).toEqual({ exitCode: 1, lines: 1 })
    expect(output).toContain('AZURE_STORAGEBLOB_CONNECTIONSTRING')
  })
})

describe('a pod', () => {
  const node = (script: string): readonly string[] => [process.execPath, '-e', script]

  it('sees nothing of the environment that starts it', async () => {
    process.env['AZURE_CLIENT_SECRET'] = 'of the developer'
    const { output } = await runPod({
      ...base,
      secret: { FROM_SECRET: '1' },
      command: node('console.log(Object.keys(process.env).sort().join(" "))'),
    })
    delete process.env['AZURE_CLIENT_SECRET']
    expect(output.split(' ')).toEqual(expect.arrayContaining(['FROM_SECRET', 'HTTPS_PROXY', 'NODE_EXTRA_CA_CERTS']))
    expect(output).not.toMatch(/AZURE_|IDENTITY_/)
  })

  it('has a token that only its owner can read, and that is gone afterwards', async () => {
    const script = 'const f = process.env.AZURE_FEDERATED_TOKEN_FILE; console.log(f, (require("fs").statSync(f).mode & 0o777).toString(8))'
    const { output } = await runPod({ ...base, secret: {}, serviceAccount: await serviceAccount(), command: node(script) })
    const [file = '', mode] = output.split(' ')
    expect(mode).toBe('600')
    expect(() => process.getBuiltinModule('node:fs').statSync(file)).toThrow(/ENOENT/)
  })

  it('starts at the time of the world, which waits for it', async () => {
    const before = clock.now()
    const running = runPod({ ...base, secret: {}, command: node('setTimeout(() => console.log(Date.now(), new Date().getTime()), 50)') })
    let fired = false
    clock.at(before + 1, () => {
      fired = true
    })
    const passing = clock.pass(1)
    const { output } = await running
    for (const time of output.split(' ')) expect(Math.abs(Number(time) - before)).toBeLessThan(30_000)
    expect(clock.now()).toBe(before)
    expect(fired).toBe(false)
    await passing
    expect(fired).toBe(true)
  })

  it('ends with its exit code, and is killed when it hangs', async () => {
    expect(await runPod({ ...base, secret: {}, command: node('console.error("no"); process.exit(3)') })).toEqual({
      exitCode: 3,
      output: 'no',
    })
    expect(await runPod({ ...base, secret: {}, command: node('setInterval(() => {}, 1000)'), timeout: 300 })).toEqual({
      exitCode: 137,
      output: '',
    })
  })
})
