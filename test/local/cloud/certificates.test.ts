import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createAuthority, issue } from '../../../src/local/cloud/certificates.ts'

async function handshake(hostname: string, ca: string, served: { cert: string; key: string }): Promise<string> {
  const server = createServer(served, (socket) => socket.on('error', () => {})).on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const socket = connect({ host: '127.0.0.1', port, servername: hostname, ca })
  try {
    return await once(socket, 'secureConnect').then(
      () => 'trusted',
      (error) => error.code,
    )
  } finally {
    socket.destroy()
    server.close()
  }
}

describe('certificates', () => {
  it('issues certificates that TLS trusts through the authority, only for these names', async () => {
    const authority = await createAuthority('Test authority')
    const served = await issue(authority, ['management.azure.com', '*.blob.core.windows.net'])
    expect(await handshake('management.azure.com', authority.pem, served)).toBe('trusted')
    expect(await handshake('store.blob.core.windows.net', authority.pem, served)).toBe('trusted')
    expect(await handshake('example.com', authority.pem, served)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('is not trusted by another authority of the same name', async () => {
    const served = await issue(await createAuthority('Same'), ['a.example'])
    expect(await handshake('a.example', (await createAuthority('Same')).pem, served)).not.toBe('trusted')
  })
})
