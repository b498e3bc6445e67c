// Trust in the simulated cloud for this process, as `NODE_EXTRA_CA_CERTS` would give it. That variable is read at start only, which is
// too late for tests that make the cloud themselves.

import { getCACertificates, setDefaultCACertificates } from 'node:tls'

export function trustCa(pem: string): void {
  setDefaultCACertificates([...new Set([...getCACertificates('default'), pem])])
}
