// Which connection has joined what, and who has declared it. Types only.
import type { ConnectionSpec, Stage } from '../model/connection.ts'
import type { Loop } from '../model/loop.ts'

/** Memberships and declarations; only check-consent joins and leaves, only read-declarations declares and withdraws. */
export interface Registry {
  /** The member row of `connection` in `loop`: its generation, its stage, and whether it is leaving. `undefined` = none. */
  membership(
    connection: Loop<'connection'>,
    loop: Loop,
  ): Promise<{ readonly generation: number; readonly leaving: boolean; readonly stage?: Stage } | undefined>
  /** Writes member row and loop row (created if absent, due now) in one transaction, then wakes the loop. */
  join(connection: Loop<'connection'>, loop: Loop, stage?: Stage): Promise<void>
  /** `keeping`: what was made for it stays. */
  leave(connection: Loop<'connection'>, loop: Loop, how?: { readonly keeping?: true }): Promise<void>
  /** The spec of a connection and its author. `undefined` = there is no declaration. */
  declared(connection: Loop<'connection'>): Promise<{ readonly spec: ConnectionSpec; readonly removing: boolean } | undefined>
  /** `taken`: another connection of this cluster has the same Kubernetes name, or another origin holds this one. */
  declare(spec: ConnectionSpec): Promise<'declared' | { readonly taken: string }>
  withdraw(connection: Loop<'connection'>): Promise<void>
  /** Which connection holds the Kubernetes name. Only allowed ones count; `taken` says which. */
  holder(connection: Loop<'connection'>): Promise<NameHolder>
  /** Takes the Kubernetes name for the connection. */
  claim(connection: Loop<'connection'>): Promise<NameHolder>
}

export type NameHolder = 'own' | 'free' | { readonly taken: string }
