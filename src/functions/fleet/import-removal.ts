// What is left to remove of Azure Service Connector after an import, in which order, and when. It removes a connection without its Secret and ServiceAccount
// (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks), which are the app's by then; its extension holds what it
// knows of all its connections, so that goes last.
import { shellText } from '../../model/as-code.ts'
import { extensionName } from '../../model/extension.ts'
import { resourceId } from '../../model/resource-id.ts'

export type Removal = {
  readonly what: 'connection' | 'extension'
  readonly name: string
  /** `never`: a connection of this app needs it. */
  readonly when: 'now' | 'later' | 'never'
  readonly text: string
  /** For Azure CLI. */
  readonly command?: string
}

/** `isWorking`: the app has this connection, and it is `Succeeded`. */
export const removalOfLinker = (linker: string, name: string, isWorking: boolean): Removal => ({
  what: 'connection',
  name,
  when: isWorking ? 'now' : 'later',
  text: isWorking
    ? `${name} works here. What Azure Service Connector takes away with it, such as a role assignment, the app makes again with the next event or audit.`
    : `Keep it until ${name} is Succeeded here, and import again to see that.`,
  command: `az aks connection delete --id ${shellText(linker)} --yes`,
})

/** `linkers`: how many connections it has on the cluster. `users`: names of connections here that the extension carries. */
export function removalOfExtension(cluster: string, linkers: number, users: readonly string[]): Removal {
  const { subscription, group, name } = resourceId(cluster)
  const it = { what: 'extension', name: extensionName } as const
  if (users.length > 0) return { ...it, when: 'never', text: `It carries connections of this app: ${users.join(', ')}.` }
  return {
    ...it,
    when: linkers === 0 ? 'now' : 'later',
    text:
      linkers === 0
        ? 'Azure Service Connector has no connection on the cluster any more.'
        : `Azure Service Connector needs it for its connections on the cluster, which are ${linkers} now.`,
    command: `az k8s-extension delete --subscription ${subscription} --resource-group ${shellText(group)} --cluster-name ${shellText(name)} --cluster-type managedClusters --name ${extensionName} --yes`,
  }
}
