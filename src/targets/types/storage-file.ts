// Azure Files, by connection string only. https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-file
import { fixed } from '../../model/target-type.ts'
import { storageAccount } from '../resources/storage-account.ts'
import { connectionString } from '../resources/storage-secret.ts'
import { credential, endpoint, resourceName } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

export const storageFile = targetType({
  type: 'storage-file',
  displayName: 'Azure Files',
  on: storageAccount,
  privateLink: 'file',
  child: fixed('fileServices/default'),
  aliases: ['file', 'storagefile'],
  auth: ['secret'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'php', 'ruby', 'springBoot'],
  grants: { default: [], allowed: [] },

  secret: {
    secret: {
      '*': { AZURE_STORAGEFILE_CONNECTIONSTRING: connectionString('file') },
      // Both generations of Spring Cloud Azure's properties.
      springBoot: {
        'azure.storage.account-name': resourceName,
        'azure.storage.account-key': credential,
        'azure.storage.file-endpoint': endpoint,
        'spring.cloud.azure.storage.fileshare.account-name': resourceName,
        'spring.cloud.azure.storage.fileshare.account-key': credential,
        'spring.cloud.azure.storage.fileshare.endpoint': endpoint,
      },
    },
  },
})
