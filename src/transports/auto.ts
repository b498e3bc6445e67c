// Which transport a connection gets that leaves the choice to the app: by what Azure Resource Manager says of the cluster, among those that a policy lists.
// It never chooses the extension, which was never tried on Azure and cannot be read back.
import type { TransportName } from '../model/connection.ts'
import type { ClusterFacts } from '../model/facts.ts'
import type { TransportType } from './transport-type.ts'

/** Until the choice is made: what all that it can choose have in common, or what one of them does. */
export const autoTransport: Omit<TransportType, 'name'> = {
  can: { observe: true, call: false, publish: false, tokens: false },
  carries: 'everything',
  changes: 'one by one',
  changesCluster: false,
  prerequisites: [],
  tier: 'clusters',
}

export const choices = ['direct', 'run-command', 'flux'] as const satisfies readonly TransportName[]

export type Choice = { readonly transport: TransportName; readonly because: string }
type Of = Partial<Pick<ClusterFacts, 'apiServer' | 'commands'>> & {
  /** The app knows where Flux reads from. */
  readonly hasFlux: boolean
}

/**
 * `may`: whether it can carry the connection, and a policy allows the connection by that transport. What no policy allows is never chosen, unless none
 * is.
 */
export function chosen({ apiServer, commands, hasFlux }: Of, may: (transport: TransportName) => boolean): Choice {
  const by = (transport: TransportName, because: string): Choice => ({ transport, because })
  if (apiServer === undefined) {
    const at = 'the API server is public'
    if (may('direct') || !(may('run-command') || may('flux'))) return by('direct', at)
    return may('run-command')
      ? by('run-command', `${at}, but no policy lists direct`)
      : by('flux', `${at}, but no policy lists direct or run-command`)
  }
  const at = apiServer === 'private' ? 'the API server is private' : 'the API server admits authorized ranges only'
  if (hasFlux && may('flux')) return by('flux', `${at}, and Flux in the cluster pulls the objects, which have no secret`)
  if (!may('run-command'))
    return may('flux') && !may('direct')
      ? by('flux', `${at}, and no policy lists another`)
      : by('direct', `${at}, but no policy lists run-command`)
  if (commands === undefined) return by('run-command', `${at}, and commands through Azure run with the rights of the app`)
  const no = commands === 'off' ? 'commands through Azure are switched off' : 'a command through Azure would run as cluster administrator'
  return may('direct') ? by('direct', `${at}, but ${no}`) : by('run-command', `${at}, and no policy lists direct, although ${no}`)
}
