// Which recordings are comparable: Service Connector connects many sources, and this app AKS clusters only.
import type { Exchange } from './exchange.ts'

const isLinker = ({ path }: Exchange): boolean => /\/microsoft\.servicelinker\//i.test(path)
const isOnCluster = ({ path }: Exchange): boolean => /\/managedclusters\/[^/]+\/providers\/microsoft\.servicelinker\//i.test(path)

/** Of Service Connector only what was recorded with an AKS cluster. The polls of an operation do not name it, but stand in the same recording. */
export function comparable(all: readonly Exchange[]): readonly Exchange[] {
  const withCluster = new Set(all.filter(isOnCluster).map(({ source }) => source))
  return all.filter(
    (one) => !isLinker(one) || (withCluster.has(one.source) && (isOnCluster(one) || /\/operationstatuses\//i.test(one.path))),
  )
}
