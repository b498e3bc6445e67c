// Identities with this installation's tags whose loop the store does not know any more, and who signs in as their principal.
import { surelyAbsent } from '../contract/missing.ts'
import { Failure } from '../errors/failure.ts'
import { type Key, keyOf } from '../model/loop.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Identity } from '../ports/azure.ts'
import type { Store } from '../ports/store.ts'
import type { Holder, MadeInAzure } from '../ports/sweep.ts'
import { clusterApi } from '../steps/cluster/cluster-api.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import type { Finding } from './decide.ts'
import { type Found, plain } from './found-in-azure.ts'
import { clusterOf, credentialsOfOthers, wrongIdentity } from './made-in-azure.ts'
import { asKey } from './own-objects.ts'

/** What signs in as the principal of an identity that is left over. */
export type Principal = Holder & Pick<Finding, 'users' | 'optOut' | 'unproven'> & { readonly identity: string }

const pruneTag = 'service-connector-prune'
export const optOutOf = ({ tags }: Identity): string | undefined => (tags[pruneTag] === 'disabled' ? `tag ${pruneTag}` : undefined)

const hasLoop = async (owner: Key, { sweeps }: Store): Promise<boolean> =>
  (await sweeps.look({ kind: 'identity', key: owner })) !== undefined

/** `undefined`: its loop owns it, or it is gone. */
export async function identityIn(
  made: MadeInAzure,
  of: AzureSweeping,
): Promise<{ readonly found: Found; readonly principal: Principal } | undefined> {
  const key = asKey(made.owner)
  if (await hasLoop(key, of.store)) return undefined
  const identity = await of.azure.identity(made.id)
  const credentials = identity && (await of.azure.credentials(made.id))
  // Resource Graph is behind: it is gone.
  if (!identity || !credentials) return undefined
  const cluster = clusterOf(made.id, of.installation, of.clusters)
  const unproven = wrongIdentity(made, identity, of.installation, cluster)
  const account = `sc-account-${identity.clientId.toLowerCase()}`
  const users = [
    ...credentialsOfOthers(credentials, of.installation).map((name) => `federated credential ${name}`),
    ...(of.accounts.has(account) ? [`ServiceAccount ${account}`] : []),
  ]
  const isKnown = users.length > 0 || (cluster !== undefined && (of.seen.has(keyOf(cluster)) || (await isGone(cluster, of))))
  const known = {
    optOut: optOutOf(identity),
    users: isKnown
      ? users
      : { unknown: [`ServiceAccounts of ${cluster === undefined ? 'its cluster' : `cluster ${resourceId(cluster).name}`}`] },
    ...(unproven === undefined ? {} : { unproven }),
  }
  const { principalId, clientId } = identity
  return {
    found: {
      made,
      finding: { ...plain, ...known },
      isOwned: () => hasLoop(key, of.store),
      remove: () => of.azure.removeIdentity(made.id),
    },
    principal: { key, principalId, clientId, identity: made.id, ...known },
  }
}

/** No pod runs there any more: Azure Resource Manager and Resource Graph say so. Whatever else they answer proves nothing. */
async function isGone(cluster: string, { arm, azure }: AzureSweeping): Promise<boolean> {
  try {
    if ((await arm.get(cluster, clusterApi)) !== undefined) return false
    await surelyAbsent(cluster, resourceId(cluster).name, azure)
    return true
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return false
  }
}
