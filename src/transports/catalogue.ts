// The list of transports. Nothing outside of this folder compares with a name of one: it asks what the transport can and needs.
import { type DeclaredTransport, defaultTransport, type TransportName } from '../model/connection.ts'
import { autoTransport, choices } from './auto.ts'
import { directTransport } from './direct.ts'
import { extensionTransport } from './extension.ts'
import { fluxTransport } from './flux.ts'
import { runCommandTransport } from './run-command.ts'
import type { TransportType } from './transport-type.ts'

const all: { readonly [Name in TransportName]: TransportType<Name> } = {
  direct: directTransport,
  extension: extensionTransport,
  'run-command': runCommandTransport,
  flux: fluxTransport,
}

export const transportTypes: readonly TransportType[] = Object.values(all)

/** Of one that is left to the app: what holds whatever it chooses. */
export const transportTypeOf = ({ transport }: { readonly transport: DeclaredTransport }): Omit<TransportType, 'name'> =>
  transport === 'auto' ? autoTransport : all[transport]

/** Those that it can come to. */
export const waysOf = ({ transport }: { readonly transport: DeclaredTransport }): readonly TransportName[] =>
  transport === 'auto' ? choices : [transport]

/** The transport that an object goes by. */
export const through = ({ transport }: { readonly transport?: TransportName }): TransportName => transport ?? defaultTransport
