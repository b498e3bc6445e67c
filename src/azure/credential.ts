// How the app signs in: as its managed identity in Azure, as the user of the Azure CLI (and the like) elsewhere.
import type { TokenCredential } from '@azure/core-auth'
import { DefaultAzureCredential, ManagedIdentityCredential } from './sdk.ts'

export type SignInEnvironment = {
  /** App Service and Functions set it if the app has a managed identity. */
  readonly IDENTITY_ENDPOINT?: string | undefined
  /** Names a user-assigned identity of the app; without it, the system-assigned one is used. */
  readonly AZURE_CLIENT_ID?: string | undefined
}

/**
 * A busy identity endpoint asks the client to wait, and the SDK's own retries would: for as long as it says, within whatever request needs the token.
 * The loops retry by themselves, and callers are told to.
 */
const noRetries = { retryOptions: { maxRetries: 0 } }

/** In Azure only the managed identity counts: a chain of credentials would hide why it does not work. */
export function appCredential(env: SignInEnvironment): TokenCredential {
  const clientId = env.AZURE_CLIENT_ID
  if (env.IDENTITY_ENDPOINT) return new ManagedIdentityCredential({ ...noRetries, ...(clientId ? { clientId } : {}) })
  return new DefaultAzureCredential({ ...noRetries, ...(clientId ? { managedIdentityClientId: clientId } : {}) })
}
