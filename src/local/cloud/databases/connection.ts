// A connection to a server that begins in the clear and is encrypted when its caller asks for it.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type SecureContext, TLSSocket } from 'node:tls'

/** The decrypted end. `rest`: what the caller has said since it asked for it. */
export function encrypted(socket: Socket, secureContext: SecureContext, rest: Buffer): TLSSocket {
  socket.removeAllListeners('data').pause()
  if (rest.length > 0) socket.unshift(rest)
  return new TLSSocket(socket, { isServer: true, secureContext })
}

/** The proxy's sockets stay half open where their callers have gone. `to`: the socket itself, or its decrypted end. */
export function endTogether(to: Duplex, socket: Socket): void {
  const gone = (): void => {
    to.destroy()
    socket.destroy()
  }
  to.on('error', gone).on('end', gone).on('close', gone)
}
