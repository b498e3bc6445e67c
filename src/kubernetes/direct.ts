// The transport `direct`: the API server itself.

import { notUnderstood } from '../errors/answer.ts'
import type { Loop } from '../model/loop.ts'
import { secret } from '../model/secret.ts'
import type { Transport } from '../ports/kubernetes.ts'
import { listDeclarations } from './declarations.ts'
import { kubernetesFailure } from './failures.ts'
import { objectsIn } from './objects.ts'
import { type ObjectApis, operationsOf } from './operations.ts'
import { namespaceIn } from './rights.ts'
import { statusPublisherOf } from './status-publisher.ts'

export function directTransport(client: ObjectApis, cluster: Loop<'cluster'>, installation: string): Transport {
  const { core, apis } = client
  return {
    name: 'direct',
    ...objectsIn({ operations: operationsOf(client), apis }, cluster, installation),
    async namespace(name) {
      try {
        return await namespaceIn(core, name)
      } catch (error) {
        throw kubernetesFailure(error, { cluster, namespace: name, object: `Namespace ${name}`, doing: `read Namespace ${name}` })
      }
    },
    async token(namespace, serviceAccount, audience) {
      const name = `ServiceAccount ${namespace}/${serviceAccount}`
      try {
        // Ten minutes are the minimum: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
        const body = { spec: { audiences: [audience], expirationSeconds: 600 } }
        const { status } = await core.createNamespacedServiceAccountToken({ name: serviceAccount, namespace, body })
        if (!status?.token) throw notUnderstood(`request a token of ${name}`, 'it contains no token')
        return secret(status.token)
      } catch (error) {
        throw kubernetesFailure(error, { cluster, namespace, object: name, doing: `request a token of ${name}` })
      }
    },
    publisher: statusPublisherOf(core, cluster, installation),
    declarations: () => listDeclarations(core, cluster),
  }
}
