// The transport of a connection, where it leaves the choice to the app: the same answer in every loop, because it comes from facts and policies alone.

import { isAllowedNow } from '../../contract/consent.ts'
import { waysFor } from '../../declare/ways.ts'
import type { Connection, TransportName } from '../../model/connection.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import type { View } from '../../model/view.ts'
import { type Choice, chosen } from '../../transports/auto.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'
import type { TransportType } from '../../transports/transport-type.ts'

type TransportView = Parameters<typeof isAllowedNow>[1] & Pick<View, 'loop' | 'facts'>

/** A cluster's own loop knows them itself. */
const factsOf = ({ cluster }: Connection, { loop, facts, of }: TransportView): Partial<ClusterFacts> =>
  loop.key === cluster.key && loop.kind === 'cluster' ? (facts as Partial<ClusterFacts>) : of(cluster)

/** `undefined`: it names its transport itself. */
export const choiceFor = (connection: Connection, view: TransportView): Choice | undefined =>
  connection.transport === 'auto'
    ? chosen(
        { ...factsOf(connection, view), hasFlux: view.installation.fluxAccount !== undefined },
        (transport) => waysFor(connection).includes(transport) && isAllowedNow({ ...connection, transport }, view),
      )
    : undefined

export const transportFor = (connection: Connection, view: TransportView): TransportName =>
  connection.transport === 'auto' ? (choiceFor(connection, view)?.transport ?? 'direct') : connection.transport

export const transportTypeFor = (connection: Connection, view: TransportView): TransportType =>
  transportTypeOf({ transport: transportFor(connection, view) }) as TransportType
