// What an identity is given on a target. Azure roles are the only kind so far; data planes with grants of their own (Cosmos DB, Redis, databases) add theirs.

/** A role definition, assigned on the resource that owns firewall and keys. `id`: its GUID, lower case. */
export type Grant = { readonly kind: 'azureRole'; readonly id: string; readonly name: string }

export const azureRole = (id: string, name: string): Grant => ({ kind: 'azureRole', id, name })

/** `default`: given where nobody names any, and allowed by every policy that allows the connection. `allowed`: others that can be named by their names. */
export type Grants = { readonly default: readonly Grant[]; readonly allowed: readonly Grant[] }

export const allGrants = ({ default: usual, allowed }: Grants): readonly Grant[] => [...usual, ...allowed]

export const defaultIds = (grants: Grants | undefined): readonly string[] => (grants?.default ?? []).map(({ id }) => id)

/** The name of what has this id; of what the type does not know `undefined`. */
export const grantName = (grants: Grants | undefined, id: string): string | undefined =>
  grants && allGrants(grants).find((grant) => grant.id === id)?.name
