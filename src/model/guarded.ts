// What belongs to the app itself and to clusters, by every name that it has: no policy can allow connections to it (guards.ts).

/** Names in lower case; those of accounts and vaults are unique in all of Azure. */
export type OwnResources = { readonly storageAccounts: readonly string[]; readonly keyVaults: readonly string[] }

/** Resource ids, client ids and object ids alike, lower case. */
export type Guarded = {
  /** Of the app's own identity. */
  readonly ownIdentities: readonly string[]
  /** Of every known cluster's own identities: the id of the cluster. */
  readonly systemIdentities: ReadonlyMap<string, string>
}
