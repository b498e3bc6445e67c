// Which transport a connection gets that leaves the choice to the app: by what Azure Resource Manager says of the cluster, among those that a policy lists.
// It never chooses the extension, which was never tried on Azure and cannot be read back.
import type { TransportName } from '../model/connection.ts'
import type { ClusterFacts } from '../model/facts.ts'
import type { TransportType } from './transport-type.ts'

/** Until the choice is made: what all that it can choose have in common. */
export const autoTransport: Omit<TransportType, 'name'> = {
  can: { observe: true, call: false, publish: false, tokens: false },
  changes: 'one by one',
  changesCluster: false,
  prerequisites: [],
  tier: 'clusters',
}

export const choices = ['direct', 'run-command'] as const satisfies readonly TransportName[]

export type Choice = { readonly transport: TransportName; readonly because: string }

/** `may`: whether a policy allows the connection by that transport. What no policy allows is never chosen, unless none is. */
export function chosen(
  { apiServer, commands }: Partial<Pick<ClusterFacts, 'apiServer' | 'commands'>>,
  may: (transport: TransportName) => boolean,
): Choice {
  const at =
    apiServer === undefined
      ? 'the API server is public'
      : apiServer === 'private'
        ? 'the API server is private'
        : 'the API server admits authorized ranges only'
  if (apiServer === undefined)
    return may('direct') || !may('run-command')
      ? { transport: 'direct', because: at }
      : { transport: 'run-command', because: `${at}, but no policy lists direct` }
  if (!may('run-command')) return { transport: 'direct', because: `${at}, but no policy lists run-command` }
  if (commands === undefined)
    return { transport: 'run-command', because: `${at}, and commands through Azure run with the rights of the app` }
  const no = commands === 'off' ? 'commands through Azure are switched off' : 'a command through Azure would run as cluster administrator'
  return may('direct')
    ? { transport: 'direct', because: `${at}, but ${no}` }
    : { transport: 'run-command', because: `${at}, and no policy lists direct, although ${no}` }
}
