// The kubeconfig that AKS hands out for a cluster with Entra: server, CA and an `exec` plugin that gets the token. No credential in it.

import { tenant } from '../entra/directory.ts'
import { parseId } from './ids.ts'
import type { Cluster } from './managed-cluster.ts'

/** Application id of the AKS API servers, and of the client that people sign in with. */
const server = '6dae42f8-4368-4678-94ff-3960e28e3630'
const client = '80faf920-1908-4b52-b5ef-a8e7bedfc67a'

export function userKubeconfig(cluster: Cluster, authorityPem: string, format: string): string {
  const { group = '' } = parseId(cluster.id)
  const user = `clusterUser_${group}_${cluster.name}`
  const host = cluster.properties['privateFQDN'] ?? cluster.properties['fqdn']
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(authorityPem).toString('base64')}
    server: https://${host}:443
  name: ${cluster.name}
contexts:
- context:
    cluster: ${cluster.name}
    user: ${user}
  name: ${cluster.name}
current-context: ${cluster.name}
kind: Config
preferences: {}
users:
- name: ${user}
  user:
${format === 'azure' ? provider : plugin}`
}

const plugin = `    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - ${server}
      - --client-id
      - ${client}
      - --tenant-id
      - ${tenant}
      - --login
      - devicecode
      command: kubelogin
      env: null
      provideClusterInfo: false
`
const provider = `    auth-provider:
      config:
        apiserver-id: ${server}
        client-id: ${client}
        config-mode: '1'
        environment: AzurePublicCloud
        tenant-id: ${tenant}
      name: azure
`
