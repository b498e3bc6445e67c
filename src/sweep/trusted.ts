// Who federated credentials can let in: ServiceAccounts of the clusters that a run has seen.
import type { ListedObject } from '../model/leftover.ts'
import { serviceAccountSubject } from '../model/names.ts'

/** Issuers of those clusters, and `<issuer>|<subject>` of their ServiceAccounts. */
export type Trusted = { readonly issuers: Set<string>; readonly accounts: Set<string> }

export const nobodyYet = (): Trusted => ({ issuers: new Set(), accounts: new Set() })

export function trust({ issuers, accounts }: Trusted, issuer: string, there: readonly Pick<ListedObject, 'namespace' | 'name'>[]): void {
  issuers.add(issuer)
  for (const { namespace, name } of there) accounts.add(`${issuer}|${serviceAccountSubject(namespace, name)}`)
}
