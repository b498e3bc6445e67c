// Blobs of one account in memory, behind the proxy of a simulated cloud: for tests that need no more of storage than to write, read, list and delete.
import type { Cloud } from '../../../src/local/cloud/cloud.ts'
import type { CloudRequest, CloudResponse } from '../../../src/local/cloud/http.ts'

export type Blobs = ReturnType<typeof serveBlobs>

export function serveBlobs(cloud: Pick<Cloud, 'serve'>, account: string) {
  const containers = new Map<string, Map<string, { readonly text: string; readonly etag: string }>>()
  let writes = 0
  const state = { refused: false }
  const error = (status: number, code: string): CloudResponse => ({
    status,
    headers: { 'x-ms-error-code': code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  })
  async function handle({ method, url, headers, body }: CloudRequest): Promise<CloudResponse> {
    if (state.refused || !headers['authorization']) return error(403, 'AuthorizationPermissionMismatch')
    const [container = '', ...rest] = decodeURIComponent(url.pathname).slice(1).split('/')
    const name = rest.join('/')
    const blobs = containers.get(container)
    if (name === '' && method === 'PUT') {
      if (blobs) return error(409, 'ContainerAlreadyExists')
      containers.set(container, new Map())
      return { status: 201 }
    }
    if (!blobs) return error(404, 'ContainerNotFound')
    if (name === '' && method === 'DELETE') return { status: containers.delete(container) ? 202 : 404 }
    if (name === '') {
      const rows = [...blobs].map(([of, { etag }]) => `<Blob><Name>${of}</Name><Properties><Etag>${etag}</Etag></Properties></Blob>`)
      return {
        status: 200,
        body: `<?xml version="1.0"?><EnumerationResults><Blobs>${rows.join('')}</Blobs><NextMarker/></EnumerationResults>`,
      }
    }
    const blob = blobs.get(name)
    const expected = headers['if-match']
    if (method === 'PUT' && headers['if-none-match'] === '*' && blob) return error(409, 'BlobAlreadyExists')
    if (expected !== undefined && blob && expected !== `"${blob.etag}"`) return error(412, 'ConditionNotMet')
    if (method === 'PUT') {
      const etag = `0x8D${++writes}`
      blobs.set(name, { text: body.toString(), etag })
      return { status: 201, headers: { etag: `"${etag}"` } }
    }
    if (!blob) return error(404, 'BlobNotFound')
    if (method === 'DELETE') return { status: blobs.delete(name) ? 202 : 404 }
    return { status: 200, headers: { etag: `"${blob.etag}"` }, body: blob.text }
  }
  cloud.serve({ name: 'blobs', owns: (hostname) => hostname === `${account}.blob.core.windows.net`, handle })
  const put = (container: string, name: string, text: string): void => {
    const blobs = containers.get(container) ?? new Map()
    containers.set(container, blobs.set(name, { text, etag: `0x8D${++writes}` }))
  }
  const refuse = (refused: boolean): void => {
    state.refused = refused
  }
  return { containers, put, refuse }
}
