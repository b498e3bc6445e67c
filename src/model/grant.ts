// What an identity is granted on a target. Connections, policies, facts and the ledger name a grant by its text, `kind:id@scope`. `azureRole:` and
// `@resource` are left out, so an Azure role on the resource is its GUID alone, as Azure Service Connector writes it.

/** Roles on the data of Cosmos DB, one kind for each of its APIs. */
export const cosmosRoleKinds = ['cosmosDataRole', 'cosmosTableRole', 'cosmosGremlinRole', 'cosmosCassandraRole', 'cosmosMongoRole'] as const
export type CosmosRoleKind = (typeof cosmosRoleKinds)[number]

/**
 * Each kind is granted through another API: role assignments of Azure, those of Cosmos DB's data planes, assignments of access policies of Redis,
 * access policies of a Key Vault, users of a database. What each needs is an entry of steps/identity/grants/catalogue.ts.
 */
export const grantKinds = ['azureRole', ...cosmosRoleKinds, 'redisAccessPolicy', 'vaultAccessPolicy', 'databaseRole'] as const
export type GrantKind = (typeof grantKinds)[number]

/** On what: the resource that owns firewall and keys, or the child of it that the connection names. */
const scopes = ['resource', 'child'] as const
export type GrantScope = (typeof scopes)[number]

/** `id`: what the API of its kind calls it: the GUID of a role definition (lower case), the name of an access policy. `name`: for people. */
type GrantOf<Kind extends GrantKind> = { readonly kind: Kind; readonly id: string; readonly name: string; readonly scope: GrantScope }
export type Grant = { readonly [Kind in GrantKind]: GrantOf<Kind> }[GrantKind]

export const azureRole = (id: string, name: string, scope: GrantScope = 'resource'): GrantOf<'azureRole'> => ({
  kind: 'azureRole',
  id,
  name,
  scope,
})

/** `id`: the GUID of a role definition of the account's data plane. */
export const cosmosRole = <Kind extends CosmosRoleKind>(kind: Kind, id: string, name: string): GrantOf<Kind> => ({
  kind,
  id,
  name,
  scope: 'resource',
})

/** By its name. */
export const redisAccessPolicy = (name: string): GrantOf<'redisAccessPolicy'> => ({
  kind: 'redisAccessPolicy',
  id: name,
  name,
  scope: 'resource',
})

/** `reader`: of secrets, certificates and the public half of keys. */
export const vaultAccessPolicy = (id: 'reader'): GrantOf<'vaultAccessPolicy'> => ({
  kind: 'vaultAccessPolicy',
  id,
  name: id,
  scope: 'resource',
})

/** `reader` or `writer`, of the database that the connection names. */
export const databaseRole = (id: 'reader' | 'writer'): GrantOf<'databaseRole'> => ({ kind: 'databaseRole', id, name: id, scope: 'child' })

/** What a grant is called in texts, without its name. */
export type GrantRef = Pick<Grant, 'kind' | 'id' | 'scope'>

export const grantText = ({ kind, id, scope }: GrantRef): string => `${ofKind(kind, id)}${scope === 'resource' ? '' : `@${scope}`}`

/** How an author writes it by its name. */
export const namedGrant = ({ kind, name, scope }: Grant): string => grantText({ kind, id: name, scope })

/** The text without its scope. */
export const ofKind = (kind: GrantKind, id: string): string => (kind === 'azureRole' ? id : `${kind}:${id}`)

/** As an author may write it: kind and scope in any case, each of them optional. `word`: an id or a name. */
export function grantWords(text: string): { readonly kind?: GrantKind; readonly word: string; readonly scope?: GrantScope } {
  const [, first, afterKind = text] = /^\s*([a-z]+)\s*:(.*)$/is.exec(text) ?? []
  const kind = named(first, grantKinds)
  const rest = kind ? afterKind : text
  const [, beforeScope = rest, last] = /^(.*)@\s*([a-z]+)\s*$/is.exec(rest) ?? []
  const scope = named(last, scopes)
  return { ...(kind ? { kind } : {}), word: (scope ? beforeScope : rest).trim(), ...(scope ? { scope } : {}) }
}

/** Of a text that a connection has. */
export function parseGrant(text: string): GrantRef {
  const { kind = 'azureRole', word, scope = 'resource' } = grantWords(text)
  return { kind, id: word, scope }
}

/** The same grant in the same words, if it is one: `azureRole:<guid>@resource` is `<guid>`. For patterns of policies, too. */
export const grantRespelled = (text: string): string => grantText(parseGrant(text))

/**
 * `default`: granted if the author names none, and allowed by every policy that allows the connection. `allowed`: others that can be requested by
 * name.
 */
export type Grants = { readonly default: readonly Grant[]; readonly allowed: readonly Grant[] }

export const allGrants = ({ default: usual, allowed }: Grants): readonly Grant[] => [...usual, ...allowed]

export const defaultGrants = (grants: Grants | undefined): readonly string[] => (grants?.default ?? []).map(grantText)

/** What people call it; `undefined`: the type does not know it. */
export function grantName(grants: Grants | undefined, text: string): string | undefined {
  const { kind, id } = parseGrant(text)
  return grants && allGrants(grants).find((grant) => grant.kind === kind && sameWord(grant.id, id))?.name
}

const named = <Word extends string>(word: string | undefined, words: readonly Word[]): Word | undefined =>
  words.find((other) => word !== undefined && sameWord(other, word))
const sameWord = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
