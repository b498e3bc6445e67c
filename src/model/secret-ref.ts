/** Where a secret is stored: `https://<vault>.vault.azure.net/secrets/<name>`, and its version. Never its value. */
export type SecretRef = { readonly id: string; readonly version: string }
