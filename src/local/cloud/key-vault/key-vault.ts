// The data plane of Key Vault (<vault>.vault.azure.net): secrets, and keys and certificates that are read. Who may do what decides Azure RBAC by data
// actions on the object (https://learn.microsoft.com/azure/key-vault/general/rbac-guide), or in a vault without it the access policies, and then no role counts
// (https://learn.microsoft.com/azure/key-vault/general/assign-access-policy). A caller without a token is told where to get one.
//
// The surprising parts: a version list of a secret that is not there is empty, not 404; a deleted secret keeps its name taken.
import { objectOf } from '../arm/provider.ts'
import { vaultNamed } from '../arm/vault.ts'
import { vaultRefusal } from '../arm/vault-network.ts'
import type { Entra } from '../entra/entra.ts'
import type { CloudRequest, CloudResponse, CloudService } from '../http.ts'
import { locate } from '../locations.ts'
import type { World } from '../world.ts'
import { bundle, type ReadOnlyKind } from './keys-and-certificates.ts'
import { forbidden, forbiddenByNetwork, forbiddenByPolicy, notFound, purgeProtected, refuse, taken, unauthorized } from './refusals.ts'
import { deleteSecret, findSecret, purgeSecret, recoverSecret, stateOf, type VaultSecret, writeVersion } from './secrets.ts'

export type KeyVaultOptions = {
  readonly verify: Entra['verify']
  mayDo(world: World, ask: { readonly principalId: string; readonly scope: string; readonly dataAction: string }): boolean
}
type Ask = {
  readonly kind: 'secrets' | ReadOnlyKind
  readonly method: string
  readonly action: string
  readonly name: string
  readonly rest: string
  readonly isDeleted: boolean
}

const host = /^([a-z0-9-]{3,24})\.vault\.azure\.net$/i
const objectName = /^[a-zA-Z0-9-]{1,127}$/
const audiences = ['https://vault.azure.net']

export function createKeyVault(world: World, { verify, mayDo }: KeyVaultOptions): CloudService {
  async function handle(request: CloudRequest): Promise<CloudResponse> {
    const vault = host.exec(request.url.hostname)?.[1] ?? ''
    const found = vaultNamed(world, vault)
    const id = found?.id ?? ''
    const claims = await verify(request.headers['authorization'], audiences)
    if (!claims) return unauthorized
    const refusal = found && vaultRefusal(world, found, request.location)
    if (refusal) return forbiddenByNetwork(claims, refusal, locate(world, request.location).ip, vault, found.location)
    if (!request.url.searchParams.has('api-version'))
      return refuse(400, 'BadParameter', 'The request has no api-version, which is required.')
    const ask = askOf(request)
    if (!ask) return refuse(404, 'NotFound', 'The simulated Key Vault has secrets, and reads keys and certificates by their names.')
    const scope = `${id}/${ask.kind}/${ask.name}`
    const dataAction = `Microsoft.KeyVault/vaults/${ask.kind}/${ask.action}`
    const properties = found?.properties ?? {}
    // Left out, it is false: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/get
    if (properties['enableRbacAuthorization'] !== true) {
      const permission = permissions[ask.action] ?? ask.action
      if (!policyAllows(properties, claims.oid, ask.kind, permission))
        return forbiddenByPolicy(claims, `${ask.kind} ${permission}`, vault, found?.location ?? '')
      return answer(ask, vault, request)
    }
    if (!mayDo(world, { principalId: claims.oid, scope, dataAction })) return forbidden(claims, dataAction, scope, vault)
    return answer(ask, vault, request)
  }

  function answer(ask: Ask, vault: string, request: CloudRequest): CloudResponse {
    const { kind, name, method, rest, isDeleted } = ask
    if (kind !== 'secrets') {
      const body = bundle(world, kind, vault, name, rest)
      return body ? { status: 200, body } : notFound(name, kind === 'keys' ? 'key' : 'certificate')
    }
    const found = findSecret(world, vault, name)
    const state = stateOf(found, world.clock.now())
    if (isDeleted) {
      if (!found || state !== 'deleted') return notFound(name, 'deleted secret')
      if (method === 'DELETE') {
        if (vaultNamed(world, vault)?.properties['enablePurgeProtection'] === true) return purgeProtected(name)
        purgeSecret(world, vault, name)
        return { status: 204 }
      }
      if (method === 'POST') recoverSecret(world, vault, found)
      return { status: 200, body: bundleOf(vault, found, found.versions.at(-1), 'without value') }
    }
    if (method === 'PUT') {
      if (taken[state]) return refuse(409, 'Conflict', taken[state].message(name), taken[state].code)
      const { value, tags } = bodyOf(request)
      if (typeof value !== 'string' || value.length > 25_000)
        return refuse(400, 'BadParameter', "Property 'value' has invalid value or is longer than 25k.")
      const written = writeVersion(world, vault, name, value, (tags ?? {}) as Record<string, string>)
      return { status: 200, body: bundleOf(vault, written, written.versions.at(-1)) }
    }
    if (method === 'DELETE') {
      if (!found || state !== 'there') return notFound(name)
      deleteSecret(world, vault, found)
      return {
        status: 200,
        body: {
          ...bundleOf(vault, found, found.versions.at(-1), 'without value'),
          recoveryId: `https://${vault}.vault.azure.net/deletedsecrets/${name}`,
        },
      }
    }
    if (rest === 'versions') {
      const versions = state === 'there' ? (found?.versions ?? []) : []
      return { status: 200, body: { value: versions.map((version) => bundleOf(vault, found, version, 'without value')), nextLink: null } }
    }
    const version = rest === '' ? found?.versions.at(-1) : found?.versions.find((one) => one.version === rest)
    return state === 'there' && version ? { status: 200, body: bundleOf(vault, found, version) } : notFound(name)
  }

  return {
    name: 'key-vault',
    // A vault that is not there has no DNS name.
    owns: (hostname) => {
      const [, name] = host.exec(hostname) ?? []
      return name !== undefined && vaultNamed(world, name) !== undefined
    },
    handle,
  }
}

function askOf({ method, url }: CloudRequest): Ask | undefined {
  const [, kind = '', name = '', rest = '', ...more] = url.pathname.split('/')
  if (!objectName.test(name) || more.length > 0) return undefined
  if (kind === 'keys' || kind === 'certificates')
    return method === 'GET' ? { kind, method, name, rest, isDeleted: false, action: 'read' } : undefined
  const of = { kind: 'secrets' as const, method, name, rest }
  if (kind === 'secrets') {
    if (method === 'GET') return { ...of, isDeleted: false, action: rest === 'versions' ? 'readMetadata/action' : 'getSecret/action' }
    if (rest !== '') return undefined
    if (method === 'PUT') return { ...of, isDeleted: false, action: 'setSecret/action' }
    return method === 'DELETE' ? { ...of, isDeleted: false, action: 'delete' } : undefined
  }
  if (kind !== 'deletedsecrets') return undefined
  if (method === 'GET' && rest === '') return { ...of, isDeleted: true, action: 'getSecret/action' }
  if (method === 'POST' && rest === 'recover') return { ...of, isDeleted: true, action: 'recover/action' }
  return method === 'DELETE' && rest === '' ? { ...of, isDeleted: true, action: 'purge/action' } : undefined
}

function bundleOf(
  vault: string,
  secret: VaultSecret | undefined,
  version: VaultSecret['versions'][number] | undefined,
  how?: 'without value',
) {
  const seconds = Math.floor((version?.created ?? 0) / 1000)
  return {
    ...(how ? {} : { value: version?.value }),
    id: `https://${vault}.vault.azure.net/secrets/${secret?.name}/${version?.version}`,
    attributes: { enabled: true, created: seconds, updated: seconds, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 },
    tags: version?.tags ?? {},
  }
}

const bodyOf = ({ body }: CloudRequest): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** As access policies name the actions. */
const permissions: Readonly<Record<string, string>> = {
  read: 'get',
  'getSecret/action': 'get',
  'readMetadata/action': 'list',
  'setSecret/action': 'set',
  'recover/action': 'recover',
  'purge/action': 'purge',
}

function policyAllows(properties: Readonly<Record<string, unknown>>, oid: string, kind: Ask['kind'], permission: string): boolean {
  const policies = Array.isArray(properties['accessPolicies']) ? properties['accessPolicies'].map(objectOf) : []
  return policies.some(({ objectId, permissions: given }) => {
    const ofKind = objectOf(given)[kind]
    return objectId === oid && Array.isArray(ofKind) && ofKind.some((one) => [permission, 'all'].includes(String(one).toLowerCase()))
  })
}
