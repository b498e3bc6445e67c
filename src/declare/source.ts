// Where a connection is declared, in words.
import type { ConnectionSpec } from '../model/connection.ts'
import { resourceId } from '../model/resource-id.ts'
import { tagOf } from './tags.ts'

export function sourceOf({
  origin,
  name,
  cluster,
  policy,
  namespace,
}: Pick<ConnectionSpec, 'origin' | 'name' | 'cluster' | 'policy' | 'namespace'>): string {
  if (origin === 'tag') return `the tag ${tagOf(name)} of the cluster ${resourceId(cluster.id).name}`
  if (origin === 'policy') return policy === undefined ? 'a policy' : `the policy ${policy}`
  if (origin === 'configmap') return `a ConfigMap in the namespace ${namespace}`
  return 'a request over HTTP'
}
