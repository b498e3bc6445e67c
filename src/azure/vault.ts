// The Key Vault that stores provided secrets. Raw calls, because there are only five and the SDK is another dependency:
// https://learn.microsoft.com/rest/api/keyvault/secrets/operation-groups
//
// Surprising: a deleted secret keeps its name reserved for the vault's retention time, so writing it again means recovering it first.

import { isFilled, isObject, type Json, readAnswer, type Shape } from '../errors/answer.ts'
import { failureOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { createPages } from '../errors/pages.ts'
import { type ExposedValues, unquoted } from '../errors/unquoted.ts'
import { type Secret, secret } from '../model/secret.ts'
import type { SecretRef } from '../model/secret-ref.ts'
import type { Vault } from '../ports/azure.ts'
import type { AzureClientOptions } from './client-options.ts'
import { createSend } from './raw.ts'
import type { HttpMethods } from './sdk.ts'

type Tags = Readonly<Record<string, string>>
export type SecretStore = Vault & {
  /** The version with this value: the current one if nothing changed. Throws `Failure`, also for a secret that is not the app's. */
  put(id: string, value: Secret<string>, marks: Tags): Promise<SecretRef>
}

const apiVersion = '7.4'
/** The app's token goes to no other host. */
const ids = /^(https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net)\/secrets\/([a-zA-Z0-9-]{1,127})$/

export function createVault(azure: AzureClientOptions): SecretStore {
  const send = createSend(azure, 'https://vault.azure.net/.default')

  async function call(
    method: HttpMethods,
    id: string,
    path: (name: string) => string,
    doing: string,
    shape: (name: string) => Shape,
    body?: { readonly value: string; readonly tags: Tags },
  ): Promise<Json> {
    const [, vault = '', name = ''] = ids.exec(id) ?? []
    if (vault === '') throw new TypeError('Not the id of a secret in a Key Vault')
    const what = `${doing} the secret ${name} in Key Vault ${new URL(vault).hostname.split('.')[0]}`
    const url = `${vault}${path(name)}${path(name).includes('?') ? '&' : '?'}api-version=${apiVersion}`
    const { status, headers, bodyAsText } = await send(method, url, what, body)
    if (status >= 200 && status < 300) return readAnswer({ status, text: bodyAsText, doing: what }, shape(name))
    throw refused(failureOf({ status, body: bodyAsText ?? '', headers, doing: what }), vault, body && secret({ value: body.value }))
  }

  const read = async (id: string, version: string): Promise<Json & { readonly value: Secret<string> }> => {
    const { value, ...rest } = await call('GET', id, (name) => `/secrets/${name}/${version}`, 'read', bundle)
    if (typeof value !== 'string')
      throw new Failure({ class: 'transient', code: 'CredentialNotReadable', about: { doing: 'read', action: 'GET', target: id } })
    return { ...rest, value: secret(value) }
  }
  const recover = (id: string): Promise<boolean> =>
    call('POST', id, (name) => `/deletedsecrets/${name}/recover`, 'recover', bundle).then(() => true, absent(false))

  return {
    async metadata(id) {
      const versions: string[] = []
      const enabled: { readonly version: string; readonly created: number }[] = []
      let tags: Tags = {}
      let query: string | undefined = ''
      const pages = createPages('read the versions of a secret')
      try {
        while (query !== undefined) {
          const page: string = query
          const { value, nextLink } = await call('GET', id, (name) => `/secrets/${name}/versions${page}`, 'read', versionsOf)
          for (const row of value as readonly Json[]) {
            const version = versionOf(row)
            versions.push(version)
            const { enabled: isEnabled, created } = (row['attributes'] ?? {}) as Json
            if (isEnabled !== false) enabled.push({ version, created: Number(created) })
            tags = { ...tags, ...(row['tags'] as Tags | undefined) }
          }
          const next: string | null = typeof nextLink === 'string' ? new URL(nextLink).searchParams.get('$skiptoken') : null
          pages.next(next ?? undefined)
          query = next === null ? undefined : `?$skiptoken=${encodeURIComponent(next)}`
        }
      } catch (error) {
        return absent(undefined)(error)
      }
      // A name without versions is answered as an empty list, not as 404.
      if (versions.length === 0) return undefined
      const newest = enabled.sort((a, b) => b.created - a.created)[0]?.version
      return { tags, versions, ...(newest === undefined ? {} : { newest }) }
    },

    read: async ({ id, version }) => (await read(id, version)).value,

    async delete(id) {
      await call('DELETE', id, (name) => `/secrets/${name}`, 'delete', bundle).catch(absent(undefined))
    },

    recover,

    async put(id, value, marks) {
      const there = await read(id, '').catch(absent(undefined))
      const tags = (there?.['tags'] ?? {}) as Tags
      if (there && !Object.entries(marks).every(([name, mark]) => tags[name] === mark))
        throw new Failure({ class: 'manual', code: 'SecretNotOurs', about: { secret: id } })
      if (there && there.value.reveal() === value.reveal()) return { id, version: versionOf(there) }
      try {
        return {
          id,
          version: versionOf(await call('PUT', id, (name) => `/secrets/${name}`, 'write', bundle, { value: value.reveal(), tags: marks })),
        }
      } catch (error) {
        // It still exists under the same name, but deleted: it is back in some seconds, and can be written then.
        if (error instanceof Failure && error.fields.status === 409 && (await recover(id)))
          throw new Failure({ ...error.fields, class: 'busy', code: 'SecretRecovering', about: { secret: id }, retryAfterMs: 10_000 })
        throw error
      }
    },
  }
}

/** The requested secret, deleted or not: its id ends with its name, or with a version after it. */
const bundle =
  (name: string): Shape =>
  ({ id }) =>
    isOf(id, name) ? undefined : 'it is not the requested secret'
const versionsOf =
  (name: string): Shape =>
  ({ value }) =>
    Array.isArray(value) && value.every((row) => isObject(row) && isOf(row['id'], name))
      ? undefined
      : 'it is not a list of versions of the secret'
const isOf = (id: unknown, name: string): boolean =>
  isFilled(id) && /^\/(deleted)?secrets\/([^/]+)(\/|$)/.exec(URL.parse(id)?.pathname ?? '')?.[2]?.toLowerCase() === name.toLowerCase()

const versionOf = (bundle: Json): string => String(bundle['id']).split('/').at(-1) ?? ''

const absent =
  <T>(answer: T) =>
  (error: unknown): T => {
    if (error instanceof Failure && error.fields.status === 404) return answer
    throw error
  }

/**
 * The message names the caller as `oid=…`: https://learn.microsoft.com/azure/key-vault/general/rest-error-codes#http-403-insufficient-permissions The
 * rest is not repeated, because it may contain what was sent.
 */
function refused(failure: Failure, vault: string, sent: ExposedValues): unknown {
  const message = failure.fields.about['message'] ?? ''
  if (failure.fields.class !== 'permission') return unquoted(failure, sent)
  const principal = /oid=([0-9a-f-]{36})/.exec(message)?.[1]
  const about = { ...failure.fields.about, vault: new URL(vault).hostname.split('.')[0] ?? '', ...(principal ? { principal } : {}) }
  const isByPolicy = /does not have secrets \w+ permission/i.test(message)
  const isClosed = /client address is not authorized|public network access is disabled/i.test(message)
  return unquoted(
    new Failure({ ...failure.fields, code: isClosed ? 'VaultClosed' : isByPolicy ? 'VaultPolicyMissing' : 'VaultRefused', about }),
    sent,
  )
}
