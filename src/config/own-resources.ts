// Where the app keeps its state and its secrets, by its own settings and those of the Functions host.
import * as z from 'zod'
import type { OwnResources } from '../model/guarded.ts'
import type { Environment } from './environment.ts'
import type { settings } from './settings.ts'

/** Settings of the Functions host that name its storage and vaults: https://learn.microsoft.com/azure/azure-functions/functions-app-settings */
const hostSettings = z.object({
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__blobServiceUri: z.string().optional(),
  AzureWebJobsStorage__queueServiceUri: z.string().optional(),
  AzureWebJobsStorage__tableServiceUri: z.string().optional(),
  AzureWebJobsSecretStorageKeyVaultUri: z.string().optional(),
  WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: z.string().optional(),
})

/** Where the app keeps its state and its secrets: no connection may lead there. */
export function ownResources(data: z.infer<typeof settings>, env: Environment): OwnResources {
  const host = hostSettings.parse(env)
  const inConnectionString = (text: string | undefined): string | undefined => /(?:^|;)AccountName=([^;]+)/i.exec(text ?? '')?.[1]
  const inHost = (url: string | undefined): string | undefined => /^https:\/\/([^./]+)\./i.exec(url ?? '')?.[1]
  const names = (all: readonly (string | undefined)[]): readonly string[] => [
    ...new Set(all.flatMap((name) => (name ? [name.toLowerCase()] : []))),
  ]
  return {
    storageAccounts: names([
      data.CONNECTOR_STORAGE_ACCOUNT,
      data.CONNECTOR_FLUX_ACCOUNT,
      host.AzureWebJobsStorage__accountName,
      inHost(host.AzureWebJobsStorage__blobServiceUri),
      inHost(host.AzureWebJobsStorage__queueServiceUri),
      inHost(host.AzureWebJobsStorage__tableServiceUri),
      inConnectionString(host.AzureWebJobsStorage),
      inConnectionString(host.WEBSITE_CONTENTAZUREFILECONNECTIONSTRING),
    ]),
    keyVaults: names([inHost(data.CONNECTOR_KEY_VAULT), inHost(host.AzureWebJobsSecretStorageKeyVaultUri)]),
  }
}
