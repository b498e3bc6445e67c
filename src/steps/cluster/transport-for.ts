// The transport of a connection, where it leaves the choice to the app: the same answer in every loop, because it comes from facts and policies alone.

import { isAllowedNow } from '../../contract/consent.ts'
import { waysFor } from '../../declare/ways.ts'
import type { Connection, TransportName } from '../../model/connection.ts'
import type { View } from '../../model/view.ts'
import { type Choice, chosen } from '../../transports/auto.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'
import type { TransportType } from '../../transports/transport-type.ts'

type TransportView = Parameters<typeof isAllowedNow>[1]

/** `undefined`: it names its transport itself. */
export const choiceFor = (connection: Connection, view: TransportView): Choice | undefined =>
  connection.transport === 'auto'
    ? chosen(
        { ...view.of(connection.cluster), hasFlux: view.installation.fluxAccount !== undefined },
        (transport) => waysFor(connection).includes(transport) && isAllowedNow({ ...connection, transport }, view),
      )
    : undefined

export const transportFor = (connection: Connection, view: TransportView): TransportName =>
  connection.transport === 'auto' ? (choiceFor(connection, view)?.transport ?? 'direct') : connection.transport

export const transportTypeFor = (connection: Connection, view: Pick<View, 'policies' | 'installation' | 'guarded' | 'of'>): TransportType =>
  transportTypeOf({ transport: transportFor(connection, view) }) as TransportType
