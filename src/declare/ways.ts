// Which transports can carry a connection: one whose objects others can read carries no secret, and one for the objects of namespaces no roles of the cluster.
import { authTypeNamed } from '../auth/catalogue.ts'
import type { ConnectionSpec, TransportName } from '../model/connection.ts'
import { isBound } from '../model/federation.ts'
import { transportTypeOf, waysOf } from '../transports/catalogue.ts'

type Of = Pick<ConnectionSpec, 'transport' | 'auth' | 'federation'>

/** Those that it can come to. One that its author names is not judged here. */
export const waysFor = (connection: Of): readonly TransportName[] =>
  connection.transport === 'auto' ? waysOf(connection).filter((transport) => carries({ ...connection, transport })) : waysOf(connection)

function carries({ transport, ...connection }: Of): boolean {
  const { secretless, carries: what } = transportTypeOf({ transport })
  return !(secretless && authTypeNamed(connection.auth).secret !== 'none') && (what === 'everything' || !isBound(connection))
}
