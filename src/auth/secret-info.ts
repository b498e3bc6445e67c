// `secretInfo` of a linker: a password as it is, or where it is kept in a Key Vault of the author's.
// https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update#secretauthinfo Surprising: a reference names secret and version, and its
// vault stands elsewhere in the body, in `secretStore.keyVaultId`.
import * as z from 'zod'
import type { ConnectionSpec } from '../model/connection.ts'
import { secret } from '../model/secret.ts'
import { keptSecretId } from '../model/secret-ref.ts'
import type { LinkerAuth } from './wire.ts'

const name = z.string().regex(/^[a-zA-Z0-9-]{1,127}$/, 'is the name of a secret: letters, digits and -')
const version = z.string().regex(/^[a-zA-Z0-9]{1,64}$/, 'is a version of a secret')

/** A URL of Key Vault, with or without a version. */
const uri = z
  .string()
  .regex(
    /^https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net\/secrets\/[a-zA-Z0-9-]{1,127}(\/[a-zA-Z0-9]{1,64})?\/?$/i,
    'is the address of a secret: https://<vault>.vault.azure.net/secrets/<name>',
  )

export const secretInfo = z
  .discriminatedUnion('secretType', [
    /** Key Vault takes 25 KB. If left out, the previous secret stays. */
    z.strictObject({ secretType: z.literal('rawValue'), value: z.string().min(1).max(25_000).transform(secret).nullish() }),
    z.strictObject({ secretType: z.literal('keyVaultSecretUri'), value: uri }),
    z.strictObject({ secretType: z.literal('keyVaultSecretReference'), name, version: version.nullish() }),
  ])
  .nullish()

type SecretInfo = z.infer<typeof secretInfo>

export function secretOf(info: SecretInfo): Pick<LinkerAuth, 'rawSecret' | 'keptSecret'> {
  if (info?.secretType === 'rawValue') return info.value ? { rawSecret: info.value } : {}
  if (info?.secretType === 'keyVaultSecretReference')
    return { keptSecret: { name: info.name, ...(info.version ? { version: info.version } : {}) } }
  if (!info) return {}
  const { hostname, pathname } = new URL(info.value)
  const [, , of = '', at = ''] = pathname.split('/')
  return { keptSecret: { vault: hostname.split('.')[0] ?? '', name: of, ...(at === '' ? {} : { version: at }) } }
}

/** As it can be put again. */
export function infoOf({ secret: stored, keptSecret }: ConnectionSpec): { readonly secretInfo?: object } {
  if (stored) return { secretInfo: { secretType: 'rawValue' } }
  if (!keptSecret) return {}
  const at = keptSecret.version === undefined ? '' : `/${keptSecret.version}`
  return { secretInfo: { secretType: 'keyVaultSecretUri', value: `${keptSecretId(keptSecret)}${at}` } }
}
