// Federated credentials of identities that stay, which neither their loop's ledger nor a connection of theirs has: of a store that was restored, of a run that was lost. What
// the loop last saw on its identity tells where to look, so that Azure is asked about few. Proven: the name is the app's digest of installation, issuer and subject,
// and the subject is a ServiceAccount of this very identity. In use while that ServiceAccount is in the cluster with this issuer.
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { Skipped } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import { credentialName, serviceAccountName, serviceAccountSubject } from '../model/names.ts'
import type { Credential } from '../ports/azure.ts'
import type { Store } from '../ports/store.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import { type Found, plain } from './found-in-azure.ts'
import { optOutOf } from './identities-left.ts'

const idOf = ({ issuer, subject }: Pick<Credential, 'issuer' | 'subject'>): string => `${issuer}|${subject}`

/** `tell`: of an identity that does not answer. */
export async function credentialsLeft(of: AzureSweeping, tell: (unread: Skipped) => void): Promise<readonly Found[]> {
  const found: Found[] = []
  for await (const { loop } of of.store.loops('identity')) {
    const { facts, tracked = new Set<string>() } = (await of.store.sweeps.look(loop)) ?? {}
    if (!facts?.credentials?.some((id) => !tracked.has(id))) continue
    try {
      found.push(...(await leftOn(loop, tracked, of)))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { code, text } = problemOf(error.fields)
      tell({ cluster: loop.id, code, reason: text })
    }
  }
  return found
}

async function leftOn(loop: Loop<'identity'>, tracked: ReadonlySet<string>, of: AzureSweeping): Promise<readonly Found[]> {
  const { azure, installation, store } = of
  const named = ((await azure.credentials(loop.id)) ?? []).filter(
    (one) => one.name === credentialName(installation, one.issuer, one.subject) && !tracked.has(idOf(one)),
  )
  const identity = named.length > 0 ? await azure.identity(loop.id) : undefined
  if (!identity) return []
  const account = serviceAccountName(identity.clientId)
  const found: Found[] = []
  for (const credential of named) {
    if (await isWanted(credential, loop, account, store)) continue
    const unproven = credential.subject.endsWith(`:${account}`) ? {} : { unproven: 'its subject is no ServiceAccount of its identity' }
    found.push({
      made: { kind: 'FederatedCredential', id: `${loop.id}/federatedIdentityCredentials/${credential.name}`, owner: loop.key },
      finding: { ...plain, users: usersOf(credential, of), optOut: optOutOf(identity), ...unproven },
      isOwned: () => isWanted(credential, loop, account, store),
      remove: () => azure.removeCredential(loop.id, credential.name),
    })
  }
  return found
}

function usersOf(credential: Credential, { trusted }: AzureSweeping): Found['finding']['users'] {
  if (!trusted.issuers.has(credential.issuer)) return { unknown: [`ServiceAccounts of the cluster with issuer ${credential.issuer}`] }
  return trusted.accounts.has(idOf(credential)) ? [`ServiceAccount ${credential.subject.split(':').slice(2).join('/')}`] : []
}

/** Whether the identity's loop has it in its ledger, or a connection of it would have it. */
async function isWanted(
  credential: Credential,
  loop: Loop<'identity'>,
  account: string,
  { sweeps }: Pick<Store, 'sweeps'>,
): Promise<boolean> {
  const { members = [], tracked = new Set<string>() } = (await sweeps.look(loop)) ?? {}
  if (tracked.has(idOf(credential))) return true
  for (const { namespace, cluster } of members) {
    if (credential.subject !== serviceAccountSubject(namespace, account)) continue
    const { issuer } = (await sweeps.look(cluster))?.facts ?? {}
    // One whose issuer is not known yet may be just this one.
    if (issuer === undefined || issuer === credential.issuer) return true
  }
  return false
}
