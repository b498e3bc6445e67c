// The volume of a pod that names a SecretProviderClass: what the Secrets Store CSI driver and its Azure provider do on a node before containers start.
// https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/
//
// Surprising: of a key and of a certificate the file has the public half, as PEM; the private one of a certificate is in the secret of its name
// (https://learn.microsoft.com/azure/aks/csi-secrets-store-configuration-options#obtain-certificates-and-keys). The driver itself calls the vault, from the node, so the vault sees the outbound address of the cluster; and the identity of the add-on serves
// every pod that names a class, whatever ServiceAccount it has.
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { parse } from 'yaml'
import * as z from 'zod'
import { resources } from '../cloud/arm/resources.ts'
import type { Cloud } from '../cloud/cloud.ts'
import { principals } from '../cloud/entra/directory.ts'
import { storeOf } from '../cloud/kubernetes/store.ts'
import { tokenProxyAudience } from '../cloud/kubernetes/token-proxy.ts'
import { throughProxy } from '../through-proxy.ts'
import { tokenAudience } from './pod.ts'

export type Volume = {
  /** Name in the fleet, and ARM id. */
  readonly cluster: { readonly name: string; readonly id: string }
  readonly namespace: string
  readonly secretProviderClass: string
  /** Of the pod. */
  readonly serviceAccount?: string | undefined
}
type Hardware = Pick<Cloud, 'world' | 'kubernetes' | 'entra' | 'proxyUrl' | 'caPem'>

const classSchema = z.object({ spec: z.object({ provider: z.literal('azure'), parameters: z.record(z.string(), z.string()) }) })
const objectSchema = z.object({
  objectName: z.string(),
  objectType: z.enum(['secret', 'key', 'cert']),
  objectAlias: z.string().optional(),
  objectVersion: z.string().optional(),
})
type ObjectType = z.output<typeof objectSchema>['objectType']
const paths: Readonly<Record<ObjectType, string>> = { secret: 'secrets', key: 'keys', cert: 'certificates' }
const contents: Readonly<Record<ObjectType, (body: unknown) => string>> = {
  secret: (body) => z.object({ value: z.string() }).parse(body).value,
  key(body) {
    const { key } = z.object({ key: z.looseObject({ kty: z.string() }) }).parse(body)
    return createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()
  },
  cert(body) {
    const lines =
      z
        .object({ cer: z.string() })
        .parse(body)
        .cer.match(/.{1,64}/g) ?? []
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  },
}
const listSchema = z.object({ array: z.array(z.string()) })

/** Files by name. @throws Error with the words of the event FailedMount. */
export async function mountedObjects(cloud: Hardware, volume: Volume): Promise<Readonly<Record<string, string>>> {
  const { cluster, namespace, secretProviderClass: name } = volume
  const found = storeOf(cloud.world, cluster.id.toLowerCase()).get('secretproviderclasses', namespace, name)
  if (!found) throw new Error(`failed to get secretproviderclass ${namespace}/${name}, error: SecretProviderClass "${name}" not found`)
  const { parameters } = classSchema.parse(found).spec
  const { send, close } = throughProxy({ proxyUrl: cloud.proxyUrl(`aks-${cluster.name}`), ca: cloud.caPem })
  try {
    const token =
      parameters['useVMManagedIdentity'] === 'true'
        ? await tokenOfNode(cloud, volume, parameters['userAssignedIdentityID'] ?? '')
        : await tokenOfPod(cloud, volume, parameters, send)
    const files: Record<string, string> = {}
    for (const text of listSchema.parse(parse(parameters['objects'] ?? '')).array) {
      const { objectName, objectType, objectAlias, objectVersion = '' } = objectSchema.parse(parse(text))
      const url = `https://${parameters['keyvaultName']}.vault.azure.net/${paths[objectType]}/${objectName}/${objectVersion}?api-version=7.4`
      const { status, body } = await send('GET', url, { token })
      if (status !== 200)
        throw new Error(`failed to mount objects, error: failed to get ${objectType} ${objectName}: ${status} ${JSON.stringify(body)}`)
      files[objectAlias ?? objectName] = contents[objectType](body)
    }
    return files
  } finally {
    close()
  }
}

/** From the metadata service of the node, which knows the identities that are attached to it. */
async function tokenOfNode({ world, entra }: Hardware, { cluster }: Volume, clientId: string): Promise<string> {
  const profiles = (resources(world).get(cluster.id.toLowerCase())?.properties['addonProfiles'] ?? {}) as Readonly<
    Record<string, { readonly identity?: { readonly clientId?: string } }>
  >
  const isAttached = Object.values(profiles).some(({ identity }) => identity?.clientId === clientId)
  const principal = [...principals(world).values()].find(({ appId }) => appId === clientId)
  if (!isAttached || !principal) throw new Error(`failed to acquire token, error: Identity not found: ${clientId}`)
  return await entra.token(principal, 'https://vault.azure.net')
}

async function tokenOfPod(
  { kubernetes }: Hardware,
  { cluster, namespace, serviceAccount = 'default' }: Volume,
  { clientID = '', tenantId = '', useAzureTokenProxy }: Readonly<Record<string, string>>,
  send: ReturnType<typeof throughProxy>['send'],
): Promise<string> {
  // Kubelet gives the driver a token for each audience.
  const isBound = useAzureTokenProxy === 'true'
  const audience = isBound ? tokenProxyAudience : tokenAudience
  const assertion = await kubernetes.serviceAccountToken(cluster.id, namespace, serviceAccount, audience, 3600)
  const authority = isBound ? kubernetes.tokenProxyOf(cluster.id) : 'https://login.microsoftonline.com'
  const { status, body } = await send('POST', `${authority}/${tenantId}/oauth2/v2.0/token`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientID,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      scope: 'https://vault.azure.net/.default',
    }).toString(),
  })
  const { access_token: token } = (body ?? {}) as { readonly access_token?: string }
  if (token === undefined) throw new Error(`failed to acquire token, error: ${status} ${JSON.stringify(body)}`)
  return token
}
