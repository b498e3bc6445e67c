// Keys and certificates of a vault, as far as they are read: a bundle with the public half. Surprising: a certificate is three objects of one name, a
// certificate, a key and a secret, and the secret holds the private half
// (https://learn.microsoft.com/azure/key-vault/certificates/about-certificates#composition-of-a-certificate). Making them over HTTP is not simulated.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import type { Json, World } from '../world.ts'
import { writeVersion } from './secrets.ts'

export type ReadOnlyKind = 'keys' | 'certificates'
type Version = {
  readonly version: string
  readonly created: number
  /** JSON Web Key, or the certificate as base64 of DER. */
  readonly content: Json
}
type Row = { readonly name: string; readonly versions: readonly Version[] }

const rows = (world: World, kind: ReadOnlyKind): Map<string, Row> => world.table<Row>(`key-vault-${kind}`)
const keyOf = (vault: string, name: string): string => `${vault}/${name}`.toLowerCase()

function add(world: World, kind: ReadOnlyKind, vault: string, name: string, version: Version): void {
  const before = rows(world, kind).get(keyOf(vault, name))
  rows(world, kind).set(keyOf(vault, name), { name, versions: [...(before?.versions ?? []), version] })
}

/** `pem`: public or private; only the public half is kept. */
function writeKey(world: World, vault: string, name: string, pem: string, version = world.uuid().replaceAll('-', '')): void {
  const content = createPublicKey(pem).export({ format: 'jwk' }) as Json
  add(world, 'keys', vault, name, { version, created: world.clock.now(), content })
}

/** As importing one does. `pem`: the certificate, with its private key before or after it. */
export function importCertificate(world: World, vault: string, name: string, pem: string): void {
  const certificate = new X509Certificate(pem)
  const version = writeVersion(world, vault, name, pem, {}).versions.at(-1)?.version ?? ''
  add(world, 'certificates', vault, name, { version, created: world.clock.now(), content: certificate.raw.toString('base64') })
  writeKey(world, vault, name, certificate.publicKey.export({ format: 'pem', type: 'spki' }).toString(), version)
}

/** `version`: empty for the newest. `undefined`: there is none. */
export function bundle(world: World, kind: ReadOnlyKind, vault: string, name: string, version: string): object | undefined {
  const row = rows(world, kind).get(keyOf(vault, name))
  const found = version === '' ? row?.versions.at(-1) : row?.versions.find((one) => one.version === version)
  if (!row || !found) return undefined
  const at = (of: string): string => `https://${vault}.vault.azure.net/${of}/${row.name}/${found.version}`
  const seconds = Math.floor(found.created / 1000)
  const attributes = { enabled: true, created: seconds, updated: seconds, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 }
  if (kind === 'keys') return { key: { kid: at('keys'), ...(found.content as object) }, attributes, tags: {} }
  const cer = String(found.content)
  const x5t = createHash('sha1').update(Buffer.from(cer, 'base64')).digest('base64url')
  return { id: at('certificates'), kid: at('keys'), sid: at('secrets'), x5t, cer, attributes, tags: {} }
}
