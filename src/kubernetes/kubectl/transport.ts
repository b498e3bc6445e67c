// The transport `run-command`: kubectl in a pod that AKS starts in the cluster (docs/transports.md). It reads back what is there, as `direct` does, and the
// same rules decide; only values of Secrets are not read.
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { Loop } from '../../model/loop.ts'
import type { Transport } from '../../ports/kubernetes.ts'
import type { RunCommand } from '../../ports/run-command.ts'
import { kubernetesFailure } from '../failures.ts'
import { objectsIn } from '../objects.ts'
import { namespaceMissing } from '../status.ts'
import { kubectlOperations, rawOf } from './operations.ts'
import { type Run, roundsOf } from './rounds.ts'

const groupsSchema = z.looseObject({ kind: z.literal('APIGroupList'), groups: z.array(z.looseObject({ name: z.string() })) })
const namespaceSchema = z.looseObject({ kind: z.literal('Namespace'), status: z.looseObject({ phase: z.string().optional() }).optional() })

/** One queue for each cluster: all loops that ask at the same time share a command. */
export function commandTransports(runCommand: RunCommand, installation: string): (cluster: Loop<'cluster'>) => Transport {
  const queues = new Map<string, Run>()
  return (cluster) => {
    const run = queues.get(cluster.key) ?? roundsOf(cluster, runCommand)
    queues.set(cluster.key, run)
    return transportBy(run, cluster, installation)
  }
}

function transportBy(run: Run, cluster: Loop<'cluster'>, installation: string): Transport {
  const apis = { getAPIVersions: async () => inShape(groupsSchema, await rawOf(run, '/apis')) }
  return {
    name: 'run-command',
    ...objectsIn({ operations: kubectlOperations(run), apis }, cluster, installation),
    async namespace(name) {
      try {
        const { status } = inShape(namespaceSchema, await rawOf(run, `/api/v1/namespaces/${encodeURIComponent(name)}`))
        return status?.phase === 'Terminating' ? 'missing' : 'there'
      } catch (error) {
        if (namespaceMissing(error)) return 'missing'
        throw kubernetesFailure(error, { cluster, namespace: name, object: `Namespace ${name}`, doing: `read Namespace ${name}` })
      }
    },
  }
}
