/** Where a secret is stored: `https://<vault>.vault.azure.net/secrets/<name>`, and its version. Never its value. */
export type SecretRef = { readonly id: string; readonly version: string }

/** A secret in a Key Vault of the author's, by the vault's name. Without a version the newest one counts. */
export type KeptSecret = { readonly vault: string; readonly name: string; readonly version?: string }

export const keptSecretId = ({ vault, name }: KeptSecret): string => `https://${vault.toLowerCase()}.vault.azure.net/secrets/${name}`

/** How policy patterns see it. */
export const shortKeptSecret = ({ vault, name }: KeptSecret): string => `${vault}/${name}`
