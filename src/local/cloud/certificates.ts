// Certificate authorities of the simulated cloud: one for the proxy's host names, one for each cluster. Plain PEM text, so that they
// live in a world table and survive a restart.
//
// The dates are fixed and real: TLS checks them against the machine's clock, while `Date` in the process may be virtual.

import 'reflect-metadata' // @peculiar/x509 needs it before anything else
import { randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export type Authority = { readonly pem: string; readonly key: string /* PKCS#8 PEM */ }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const notBefore = new Date(Date.UTC(2020, 0, 1))
const notAfter = new Date(Date.UTC(2040, 0, 1))

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
/** Positive, as RFC 5280 wants it. */
const serialNumber = () => `01${randomBytes(15).toString('hex')}`

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

export async function createAuthority(name: string): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { pem: certificate.toString('pem'), key: await keyPem(keys.privateKey) }
}

/** A server certificate for these host names (wildcards and IP addresses too). */
export async function issue(authority: Authority, hostnames: readonly string[]): Promise<{ readonly cert: string; readonly key: string }> {
  const issuer = new x509.X509Certificate(authority.pem)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), algorithm, false, ['sign'])
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${hostnames[0]?.slice(0, 64)}`,
    issuer: issuer.subject,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hostnames.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await keyPem(keys.privateKey) }
}
