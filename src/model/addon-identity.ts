// The identity of a cluster's add-on. AKS makes it when the add-on is enabled, and only the cluster's facts tell which it is. Its loop is named after
// cluster and add-on, so connections join it before it is known; the loop waits for the facts. All pods of the cluster can use it.
import { type Loop, loop } from './loop.ts'

/** As `addonProfiles` of a cluster names them. https://learn.microsoft.com/azure/aks/csi-secrets-store-identity-access#managed-identity */
export const addons = ['azureKeyvaultSecretsProvider'] as const
export type AddonName = (typeof addons)[number]

/** Lower case. */
export type AddonIdentity = { readonly clientId: string; readonly principalId: string }

const prefix = '/addons/'

export const addonIdentityLoop = (addon: AddonName, cluster: Pick<Loop<'cluster'>, 'id'>): Loop<'identity'> =>
  loop('identity', `${prefix}${addon}${cluster.id}`)

/** The add-on, if the loop is that of one's identity. */
export const addonOf = ({ id }: Pick<Loop, 'id'>): AddonName | undefined => addons.find((name) => id.startsWith(`${prefix}${name}/`))

/** The name of its cluster, the last in its id. */
const clusterOf = ({ id }: Pick<Loop, 'id'>): string => id.slice(id.lastIndexOf('/') + 1)

/** Only a pattern of a policy that begins with this word matches identities of add-ons. */
export const addonPrefix = 'addons'

/** How policy patterns see it, in place of `subscription/group/name`. */
export const shortAddon = (of: Pick<Loop, 'id'>): string => `${addonPrefix}/${addonOf(of)}/${clusterOf(of)}`

export const addonWords = (of: Pick<Loop, 'id'>): string => `${addonOf(of)} of ${clusterOf(of)}`
