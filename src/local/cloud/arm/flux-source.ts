// What source-controller fetches for a Flux configuration: all blobs of a container, as a managed identity of the nodes. It goes through the gate of
// storage like any other caller, so roles and firewall count.
// https://github.com/fluxcd/source-controller/blob/main/internal/controller/bucket_controller.go
import { createHash } from 'node:crypto'
import { principalByAppId } from '../entra/directory.ts'
import type { Entra } from '../entra/entra.ts'
import type { CloudRequest, CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import type { FluxConfiguration } from './flux-configuration.ts'
import type { Cluster } from './managed-cluster.ts'
import { objectOf, textOf } from './provider.ts'

export type SourceParts = { readonly token: Entra['token']; dispatch(request: CloudRequest): Promise<CloudResponse> }
type Fetched = { readonly revision: string; readonly files: Readonly<Record<string, string>> } | { readonly failed: string }

export async function fetchSource(
  world: World,
  { token, dispatch }: SourceParts,
  cluster: Cluster,
  row: FluxConfiguration,
): Promise<Fetched> {
  const blob = objectOf(row.properties['azureBlob'])
  const [base, container] = [String(blob['url']).replace(/\/$/, ''), String(blob['containerName'])]
  const clientId = textOf(objectOf(blob['managedIdentity'])['clientId']) ?? ''
  // Only identities of the nodes give tokens there.
  const ofNodes = Object.values(objectOf(cluster.properties['identityProfile'])).map((one) =>
    String(objectOf(one)['clientId']).toLowerCase(),
  )
  const principal = ofNodes.includes(clientId.toLowerCase()) ? principalByAppId(world, clientId) : undefined
  if (!principal) return { failed: 'ManagedIdentityCredential authentication failed: Identity not found' }
  const authorization = `Bearer ${await token(principal, 'https://storage.azure.com')}`
  const get = async (
    path: string,
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }> => {
    const headers = { authorization, 'x-ms-version': '2025-01-05' }
    const request = { method: 'GET', url: new URL(`${base}/${path}`), headers, body: Buffer.alloc(0), location: `aks-${cluster.name}` }
    const answer = await dispatch(request).catch(() => ({ status: 0, headers: {}, body: 'no answer' }))
    return { status: answer.status, headers: answer.headers ?? {}, text: String(answer.body ?? '') }
  }
  const listed = await get(`${container}?restype=container&comp=list`)
  if (listed.status !== 200) return { failed: `failed to confirm existence of '${container}' bucket: ${codeIn(listed)}` }
  const index = [...listed.text.matchAll(/<Blob>[\s\S]*?<Name>([^<]*)<\/Name>[\s\S]*?<\/Blob>/g)].map(([, name = '']) => name).sort()
  const files: Record<string, string> = {}
  const lines: string[] = []
  for (const name of index) {
    const { status, headers, text } = await get(`${container}/${name.split('/').map(encodeURIComponent).join('/')}`)
    if (status === 404) continue
    if (status !== 200) return { failed: `failed to get '${name}' object: ${status}` }
    files[name] = text
    lines.push(`${name} ${headers['etag']}\n`)
  }
  return { revision: `sha256:${createHash('sha256').update(lines.join('')).digest('hex')}`, files }
}

/** As Azure's SDK for Go writes an error. */
const codeIn = ({ status, text }: { readonly status: number; readonly text: string }): string =>
  `RESPONSE ${status} ERROR CODE: ${/<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? 'UNAVAILABLE'}`
