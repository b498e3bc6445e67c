// The Kubernetes adapter against a real API server.
import { afterAll, describe } from 'vitest'
import { type ClusterClient, clusterClient } from '../../src/kubernetes/client.ts'
import { directTransport } from '../../src/kubernetes/direct.ts'
import { sweptCluster } from '../../src/kubernetes/swept-cluster.ts'
import { cluster, transportBehaviours } from '../kubernetes/behaviours.ts'
import { credentialOf } from '../kubernetes/reached.ts'
import { publisherBehaviours } from '../kubernetes/status-publisher-behaviours.ts'
import { sweptBehaviours } from '../kubernetes/swept-cluster-behaviours.ts'
import { server, target, tokens } from './target.ts'

describe('transport direct, to a real API server', () => {
  const clients: ClusterClient[] = []
  const client = (as: 'admin' | 'app'): ClusterClient => {
    const made = clusterClient({ server, credential: credentialOf(tokens[as]) })
    clients.push(made)
    return made
  }
  afterAll(async () => {
    await Promise.all(clients.map((each) => each.close()))
  })
  transportBehaviours(
    () => target,
    (as, of) => directTransport(client(as), cluster, of),
  )
  publisherBehaviours(() => ({ ...target, client }))
  sweptBehaviours(
    () => target,
    async (as, of) => sweptCluster(client(as), cluster, of),
  )
})
