// The answer of `listConfigurations`: an entry for each key of the Secret. Credentials are empty, as Azure Service Connector answers them for AKS: they
// are in the cluster only. https://learn.microsoft.com/rest/api/servicelinker/linker/list-configurations
import type { ConnectionSpec } from '../model/connection.ts'
import { secretName } from '../model/names.ts'

export const configurationsOf = ({ name, namespace }: ConnectionSpec, values: Readonly<Record<string, string>>): object => ({
  configurations: Object.entries(values).map(([key, value]) => ({
    name: key,
    value,
    configType: 'Default',
    keyVaultReferenceIdentity: null,
    description: `Key ${key} of the Secret ${secretName(name)} in the namespace ${namespace}`,
  })),
})
