// Ids of what the story is about, in the fleet of fleets/demo.yaml.

import type { Fleet } from '../fleets/fleet.ts'

export const groupOf = (fleet: Fleet, group: string): string => `/subscriptions/${fleet.subscriptions[0]?.id ?? ''}/resourceGroups/${group}`

export type Connection = {
  readonly name: string
  readonly cluster: string
  readonly namespace: string
  readonly account: string
  /** Resource group of cluster and account. */
  readonly group: string
}

export const invoices: Connection = { name: 'invoices', cluster: 'shop', group: 'shop', namespace: 'orders', account: 'shopinvoices' }
export const photos: Connection = { name: 'photos', cluster: 'shop', group: 'shop', namespace: 'web', account: 'shopphotos' }
export const papers: Connection = { name: 'papers', cluster: 'archive', group: 'archive', namespace: 'reports', account: 'archivepapers' }
export const all: readonly Connection[] = [invoices, photos, papers]

export const clusterIdOf = (fleet: Fleet, { cluster, group }: Pick<Connection, 'cluster' | 'group'>): string =>
  `${groupOf(fleet, group)}/providers/Microsoft.ContainerService/managedClusters/${cluster}`
export const accountIdOf = (fleet: Fleet, { account, group }: Pick<Connection, 'account' | 'group'>): string =>
  `${groupOf(fleet, group)}/providers/Microsoft.Storage/storageAccounts/${account}`
export const linkerPath = (fleet: Fleet, connection: Connection): string =>
  `${clusterIdOf(fleet, connection)}/providers/Microsoft.ServiceLinker/linkers/${connection.name}?api-version=2024-04-01`
export const tagsPath = (fleet: Fleet, connection: Connection): string =>
  `${clusterIdOf(fleet, connection)}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`
