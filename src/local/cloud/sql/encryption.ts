// TLS as Azure SQL has it: the handshake travels in packets of the protocol, one message for each flight, and what follows does not
// (https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/60f56408-0188-4cd5-8b90-25c6f2423868).
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { type SecureContext, TLSSocket } from 'node:tls'
import { messages, packet, packetTypes } from './protocol.ts'

/** The decrypted end. `first`: what the caller has sent since. */
export function encrypted(socket: Socket, secureContext: SecureContext): TLSSocket {
  const [inner, outer] = duplexPair()
  const decrypted = new TLSSocket(inner as unknown as Socket, { isServer: true, secureContext })
  let isHandshake = true
  const unwrap = messages((_type, body) => void outer.write(body))
  socket.on('data', (data: Buffer) => {
    // A record of TLS, and not a packet: the caller has all that it needs of the handshake.
    if (isHandshake && data[0] !== packetTypes.prelogin) isHandshake = false
    if (isHandshake) unwrap(data)
    else outer.write(data)
  })
  let flight: Buffer[] = []
  outer.on('data', (data: Buffer) => {
    if (!isHandshake) return void socket.write(data)
    flight.push(data)
    if (flight.length === 1)
      setImmediate(() => {
        socket.write(packet(packetTypes.prelogin, Buffer.concat(flight)))
        flight = []
      })
  })
  socket.on('close', () => decrypted.destroy())
  decrypted.on('close', () => socket.destroy())
  return decrypted
}
