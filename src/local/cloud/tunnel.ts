// What lies behind the proxy and does not speak HTTP: it is given the connection as the caller opened it.
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'

export type Tunnel = {
  owns(hostname: string, port: number): boolean
  /** Absent: from everywhere. Where nothing answers a caller, the proxy says so after a while. */
  reaches?(hostname: string, location: string): boolean
  /** `location`: where the caller sits in the network. `secureContext`: with a certificate for the name. */
  serve(socket: Socket, caller: { readonly hostname: string; readonly location: string; readonly secureContext: SecureContext }): void
}
