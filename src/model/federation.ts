// How a managed identity trusts the pods of a connection.

/**
 * `federated-credential`: one on the identity for each cluster and ServiceAccount, at most 20. `identity-binding`: AKS vouches for the pods of any number
 * of clusters by one credential, and their clients must ask for it (docs/use-it-in-your-pod.md#identity-bindings). First = default.
 */
export const federations = ['federated-credential', 'identity-binding'] as const
export type Federation = (typeof federations)[number]
export const [defaultFederation] = federations

/** Of a connection. Absent: the default. */
type Trusted = { readonly federation?: Federation }

export const federationOf = ({ federation = defaultFederation }: Trusted): Federation => federation
export const isBound = (connection: Trusted): boolean => federationOf(connection) === 'identity-binding'

/** Made by AKS on the identity with its first binding. https://learn.microsoft.com/azure/aks/identity-bindings-concepts */
export const bindingCredential = 'aks-identity-binding'
