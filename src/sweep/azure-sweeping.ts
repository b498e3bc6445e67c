// What a look at the Azure side is given.
import type { SweepSettings } from '../model/leftover.ts'
import type { Arm } from '../ports/azure.ts'
import type { Store } from '../ports/store.ts'
import type { SweptAzure } from '../ports/sweep.ts'
import type { Budget } from './judge.ts'
import type { Trusted } from './trusted.ts'

export type AzureSweeping = {
  readonly store: Store
  readonly azure: SweptAzure
  readonly installation: string
  readonly settings: SweepSettings
  readonly budget: Budget
  readonly now: () => number
  /** Names of the ServiceAccounts that clusters have: pods may sign in through them. */
  readonly accounts: ReadonlySet<string>
  readonly trusted: Trusted
  /** Keys of the clusters whose ServiceAccounts are among them. */
  readonly seen: ReadonlySet<string>
  /** Addresses that clusters of the store come from. */
  readonly addresses: ReadonlySet<string>
  readonly arm: SweepArm
  /** Ids of the clusters that the store knows. */
  readonly clusters: readonly string[]
}

export type SweepArm = Pick<Arm, 'get' | 'list' | 'put' | 'patch' | 'delete'>
