// Pods of the sample workload, for a connection: what they print is the proof.

import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectedPod } from '../workload/connected-pod.ts'
import { runPod } from '../workload/pod.ts'
import { linkerOf } from './linkers.ts'
import { type Connection, clusterIdOf } from './places.ts'
import { type DemoSetup, must } from './setup.ts'

type Run = { readonly exitCode: number; readonly output: string }
export type How = { readonly from?: string; readonly makes?: string }

export async function runWorkload(setup: DemoSetup, connection: Connection, { from, makes }: How = {}): Promise<Run> {
  const linker = await linkerOf(setup, connection)
  must(linker, `there is no connection ${connection.name}`)
  const cluster = { name: connection.cluster, id: clusterIdOf(setup.fleet, connection) }
  const pod = await connectedPod(setup.local.cloud, {
    cluster,
    namespace: connection.namespace,
    ...linker.properties.kubernetesResourceName,
  })
  return await runPod({
    ...pod,
    caFile: setup.caFile,
    ...(from === undefined ? {} : { location: from }),
    ...(makes === undefined ? {} : { command: [process.execPath, makeContainer, makes] }),
  })
}

const makeContainer = fileURLToPath(new URL('../workload/make-container.ts', import.meta.url))

/** A role takes effect some time after it was assigned, in Azure as here: a pod that comes too early is restarted, as kubelet does. */
export async function runUntilItWorks(setup: DemoSetup, connection: Connection, how: How = {}): Promise<string> {
  for (let start = 1; ; start++) {
    const { exitCode, output } = await runWorkload(setup, connection, how)
    if (exitCode === 0) return output
    must(start < 10, `the workload of ${connection.name} does not work: ${output}`)
    if (start === 1) {
      setup.demoConsole.output(output)
      setup.demoConsole.say('The role is there, but counts only after a while in Azure. As kubelet would, the demo restarts the pod:')
    }
    await wait(2_000)
  }
}
