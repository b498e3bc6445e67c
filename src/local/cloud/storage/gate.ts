// The storage hosts (<account>.blob|table|queue.core.windows.net): a gate that decides who may do what, as Azure Storage would, and then
// lets Azurite do it. Order as in Azure: network first, then who it is, then what that one may do.
//
// The surprising part: Azurite lives in real time, the world may not. So the gate signs with the real time for Azurite, and puts the
// world's time into the Date header. `Timestamp`, `Last-Modified` and ETags are Azurite's.

import type { Entra } from '../entra/entra.ts'
import type { CloudRequest, CloudResponse, CloudService } from '../http.ts'
import type { World } from '../world.ts'
import type { AzuriteHandle, StorageService } from './azurite.ts'
import { noteDeleted, refuseDeleted } from './deleted-containers.ts'
import { faultResponse, faults, type StorageFault } from './errors.ts'
import { forward } from './forward.ts'
import { demands, type Right } from './permissions.ts'
import { type Scheme, type Signable, sameSignature, sign, stringToSign } from './shared-key.ts'

export type StorageAccount = {
  /** ARM id. */
  readonly id: string
  /** The keys that are good now, base64. */
  readonly keys: readonly string[]
  readonly allowSharedKeyAccess: boolean
  /** Tells an account from one of the same name that was deleted before: the new one is empty. */
  readonly createdAt?: number | string
}

export type StorageOptions = {
  readonly verify: Entra['verify']
  mayDo(world: World, ask: { readonly principalId: string; readonly scope: string } & Right): boolean
  /** May a caller at that place in the network reach the account (by its name)? */
  isAllowed(world: World, account: string, location: string): boolean
  account(world: World, name: string): StorageAccount | undefined
  readonly azurite: AzuriteHandle
}

const host = /^([a-z0-9]{3,24})\.(blob|table|queue)\.core\.windows\.net$/
const quarterHour = 15 * 60_000

export function createStorage(world: World, options: StorageOptions): { readonly service: CloudService } {
  const partsOf = (hostname: string): { name: string; service: StorageService } | undefined => {
    const [, name = '', service] = host.exec(hostname.toLowerCase()) ?? []
    return service === undefined ? undefined : { name, service: service as StorageService }
  }

  async function refuse(
    request: CloudRequest,
    name: string,
    service: StorageService,
    account: StorageAccount,
  ): Promise<StorageFault | undefined> {
    if (!options.isAllowed(world, name, request.location)) return faults.network
    if (request.url.searchParams.has('sig')) return faults.notSimulated('shared access signatures (SAS)')
    const needed = demandsOf(request, service, account)
    if (needed === 'unreadable') return faults.badUri
    if (!needed) return faults.notSimulated(`${request.method} ${request.url.pathname}${request.url.search} of the ${service} service`)
    const authorization = request.headers['authorization'] ?? ''
    const [, scheme, signer, signature] = /^(SharedKey|SharedKeyLite) ([^:]+):(.+)$/.exec(authorization) ?? []
    if (scheme !== undefined && signer !== undefined && signature !== undefined)
      return refuseKey(request, service, account, { scheme: scheme as Scheme, account: name, signer, signature })
    if (authorization === '') return faults.noToken
    const audiences = ['https://storage.azure.com', `https://${name}.${service}.core.windows.net`]
    const claims = await options.verify(authorization, audiences)
    if (!claims) return faults.badToken
    const may = (scope: string, right: Right): boolean => options.mayDo(world, { principalId: claims.oid, scope, ...right })
    const all = needed.every(({ scope, anyOf }) => anyOf.some((rights) => rights.every((right) => may(scope, right))))
    return all ? undefined : faults.permission
  }

  function refuseKey(
    request: CloudRequest,
    service: StorageService,
    account: StorageAccount,
    given: { scheme: Scheme; account: string; signer: string; signature: string },
  ): StorageFault | undefined {
    if (!account.allowSharedKeyAccess) return faults.keysOff
    if (given.signer !== given.account) return faults.signature(`The account '${given.signer}' of the signature is not this one.`)
    const date = Date.parse(request.headers['x-ms-date'] ?? request.headers['date'] ?? '')
    if (Number.isNaN(date)) return faults.signature('The request has neither an x-ms-date nor a Date header.')
    if (Math.abs(date - world.clock.now()) > quarterHour)
      return faults.signature(`Request date header too old: '${new Date(date).toUTCString()}'`)
    const signable: Signable = {
      method: request.method,
      path: request.url.pathname,
      query: request.url.searchParams,
      headers: request.headers,
    }
    const text = stringToSign(given.scheme, service, given.account, signable)
    if (account.keys.some((key) => sameSignature(sign(key, text), given.signature))) return undefined
    return faults.signature(
      `The MAC signature found in the HTTP request '${given.signature}' is not the same as any computed signature. Server used following string to sign: '${text}'.`,
    )
  }

  const inUse = new Map<string, { readonly name: string; readonly key: string }>()
  /** Each simulated account lives in a pool account of Azurite; the world remembers which. */
  function poolAccount(name: string, account: StorageAccount): { readonly name: string; readonly key: string } {
    const remembered = world.table<string>('azurite-accounts')
    const key = `${name}/${account.createdAt ?? ''}`
    const claim = inUse.get(key) ?? options.azurite.claim(remembered.get(key))
    remembered.set(key, claim.name)
    inUse.set(key, claim)
    return claim
  }

  return {
    service: {
      name: 'storage',
      /** An account that is not there has no DNS name. */
      owns: (hostname) => {
        const parts = partsOf(hostname)
        return parts !== undefined && options.account(world, parts.name) !== undefined
      },
      async handle(request): Promise<CloudResponse> {
        const { name, service } = partsOf(request.url.hostname) ?? { name: '', service: 'blob' }
        const account = options.account(world, name)
        if (!account) return faultResponse(service, faults.gone, world.clock.now())
        const fault = (await refuse(request, name, service, account)) ?? (service === 'blob' ? refuseDeleted(world, request) : undefined)
        if (fault) return answerTo(request, faultResponse(service, fault, world.clock.now()))
        const answer = await forward(options.azurite, request, { service, outside: name, inside: poolAccount(name, account) })
        if (service === 'blob') noteDeleted(world, request, answer.status)
        return { ...answer, headers: { ...answer.headers, date: new Date(world.clock.now()).toUTCString() } }
      },
    },
  }
}

/** An answer to HEAD has no body. */
const answerTo = ({ method }: CloudRequest, { status, headers, body }: CloudResponse): CloudResponse => ({
  status,
  ...(headers ? { headers } : {}),
  ...(method === 'HEAD' ? {} : { body }),
})

function demandsOf({ method, url, body }: CloudRequest, service: StorageService, account: StorageAccount) {
  try {
    return demands(service, account.id, { method, path: url.pathname, query: url.searchParams, body })
  } catch {
    return 'unreadable'
  }
}
