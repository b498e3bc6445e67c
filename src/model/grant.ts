// What an identity is granted on a target. Azure roles are the only kind so far; data planes with their own grants (Cosmos DB, Redis, databases) add
// theirs.

/** A role definition, assigned on the resource that owns firewall and keys. `id`: its GUID, lower case. */
export type Grant = { readonly kind: 'azureRole'; readonly id: string; readonly name: string }

export const azureRole = (id: string, name: string): Grant => ({ kind: 'azureRole', id, name })

/**
 * `default`: granted if the author names none, and allowed by every policy that allows the connection. `allowed`: others that can be requested by
 * name.
 */
export type Grants = { readonly default: readonly Grant[]; readonly allowed: readonly Grant[] }

export const allGrants = ({ default: usual, allowed }: Grants): readonly Grant[] => [...usual, ...allowed]

export const defaultIds = (grants: Grants | undefined): readonly string[] => (grants?.default ?? []).map(({ id }) => id)

/** The name of the grant with this id; `undefined` if the type does not know it. */
export const grantName = (grants: Grants | undefined, id: string): string | undefined =>
  grants && allGrants(grants).find((grant) => grant.id === id)?.name
