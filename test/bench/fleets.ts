// The fleets that the bench connects: clusters without workload identity, so that everything has to be done, and accounts behind a firewall.
import type { FleetInput } from '../../src/local/fleets/fleet.ts'
import { idOfAccount, type Story } from '../scenarios/story.ts'

export const clusterName = (index: number): string => `c${index + 1}`
export const accountName = (index: number): string => (index === 0 ? 'orders' : `orders${index}`)

export const freshFleet = (clusters: number, accounts = 1): Partial<FleetInput> => ({
  clusters: Array.from({ length: clusters }, (_, index) => ({
    name: clusterName(index),
    group: 'shop',
    region: 'westeurope',
    namespaces: ['orders'],
    oidcIssuer: false,
    workloadIdentity: false,
  })),
  storageAccounts: Array.from({ length: accounts }, (_, index) => ({
    name: accountName(index),
    group: 'shop',
    region: 'northeurope',
    network: 'rules' as const,
  })),
})

export async function connect(story: Story, name: string, cluster = 'c1', account = 'orders'): Promise<void> {
  const answer = await story.putLinker(
    name,
    {
      authInfo: { authType: 'userAssignedIdentity' },
      targetService: { type: 'AzureResource', id: `${idOfAccount(account)}/blobServices/default` },
    },
    cluster,
  )
  if (answer.status !== 201) throw new Error(`The connection ${name} was refused: ${answer.status} ${JSON.stringify(answer.body)}`)
}
