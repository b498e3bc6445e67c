// Credentials of clusters, as `az aks get-credentials` gets them for the app's identity. A kubeconfig may contain a client certificate if the cluster
// has local accounts, so it is wrapped at once; its `exec` part (kubelogin) is for people and is never run.

import { failureOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { resourceId } from '../model/resource-id.ts'
import { type Secret, secret } from '../model/secret.ts'
import { type AzureClientOptions, clientOptions } from './client-options.ts'
import { ContainerServiceClient } from './sdk.ts'
import { sdkShape } from './shapes.ts'
import { doing } from './words.ts'

export type ClusterCredentials = (clusterId: string) => Promise<Secret<string>>

/** Throws `Failure`. */
export function createClusterCredentials(azure: AzureClientOptions): ClusterCredentials {
  const clients = new Map<string, ContainerServiceClient>()
  return async (clusterId) => {
    const { subscription, group, name } = resourceId(clusterId)
    const client =
      clients.get(subscription) ??
      new ContainerServiceClient(
        azure.credential,
        subscription,
        clientOptions(azure, (method, { pathname }) => sdkShape(method, pathname)),
      )
    clients.set(subscription, client)
    const what = doing('POST', clusterId, 'listClusterUserCredential')
    const { kubeconfigs = [] } = await client.managedClusters
      .listClusterUserCredentials(group, name, { format: 'exec' })
      .catch((error: unknown) => {
        throw failureOf({ error, doing: what })
      })
    const value = kubeconfigs[0]?.value
    if (!value)
      throw new Failure({
        class: 'transient',
        code: 'CredentialNotReadable',
        about: { doing: what, action: 'listClusterUserCredential', target: name },
      })
    return secret(new TextDecoder().decode(value))
  }
}
