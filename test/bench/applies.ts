// Two hundred Secrets applied to one API server at once, through the product's own client and a proxy: how many TCP connections it opens.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { directTransport } from '../../src/kubernetes/direct.ts'
import { secret } from '../../src/model/secret.ts'
import type { ManagedKubernetesObject } from '../../src/ports/kubernetes.ts'
import { managedId } from '../../src/steps/cluster/in-cluster.ts'
import { cluster } from '../kubernetes/behaviours.ts'
import { behindProxy } from '../kubernetes/reached.ts'

export async function applies(count: number): Promise<{ readonly connections: number; readonly requests: number }> {
  const behind = await behindProxy()
  let connections = 0
  const opened = (): void => void connections++
  subscribe('net.client.socket', opened)
  try {
    const transport = directTransport(behind.client('admin'), cluster, 'bench')
    const apply = async (index: number): Promise<void> => {
      const name = `secret-${index}`
      const object: ManagedKubernetesObject = {
        kind: 'Secret',
        id: managedId(cluster, 'default', 'Secret', name),
        summary: name,
        cluster,
        clusterUid: 'uid',
        namespace: 'default',
        name,
        owner: cluster.key,
      }
      const content = { kind: 'Secret', namespace: 'default', name, data: secret({ key: `value ${index}` }) } as const
      const applied = await transport.apply(object, content, { id: object.id, state: 'absent' })
      if (!('done' in applied)) throw new Error(`${name} was not applied: ${JSON.stringify(applied)}`)
    }
    await Promise.all(Array.from({ length: count }, (_, index) => apply(index)))
    return { connections, requests: behind.requests.length }
  } finally {
    unsubscribe('net.client.socket', opened)
    await behind.close()
  }
}
