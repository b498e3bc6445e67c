// How long the simulated Azure takes under `npm start`: proportions as in reality, so that waiting can be seen, but not minutes of it.

import { azureLatencies, type Latencies } from '../cloud/latencies.ts'

/** A cluster update takes 20 s. */
const usual = 1 / 12

export function latenciesFor(factor: number | undefined): Latencies {
  const scaled = times(factor ?? usual)
  // A role takes minutes to count in reality; a twelfth of that is still longer than everything else together.
  return factor === undefined ? { ...scaled, roleAssignment: 4_000, answer: 40 } : scaled
}

const times = (factor: number): Latencies => ({
  ...azureLatencies,
  ...Object.fromEntries(durations.map((name) => [name, azureLatencies[name] * factor])),
  eventRetry: Math.max(factor, 0.01),
})

/** All but shares and what is stored to be requested later. */
const durations = [
  'answer',
  'clusterCreate',
  'clusterUpdate',
  'clusterDelete',
  'clusterStartStop',
  'tagReconcile',
  'extensionInstall',
  'extensionUpdate',
  'extensionLock',
  'roleAssignment',
  'directoryReplication',
  'federatedCredential',
  'cosmosUpdate',
  'graphIndex',
  'eventDelivery',
] as const satisfies readonly (keyof Latencies)[]
