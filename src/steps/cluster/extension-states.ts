// What differs between the cluster extensions that the app installs: when one serves connections, and which settings a write of it keeps.
import { hasRequests } from '../../model/applied-hash.ts'
import type { ClusterExtensionName } from '../../model/cluster-extension.ts'
import { acceptsRequests, appliedHashesOf, type Extension } from '../../model/extension.ts'
import type { ClusterFacts } from '../../model/facts.ts'

type State = {
  readonly fact: 'extension' | 'appConfiguration' | 'flux'
  isWell(extension: Extension): boolean
  /** It is `Failed` because of something else than its installation. */
  isFailedLater(extension: Extension): boolean
}

export const extensionStates: Readonly<Record<ClusterExtensionName, State>> = {
  // A failed request leaves it `Failed`: it is still installed, and the request's connection reports the failure.
  'service-connector': {
    fact: 'extension',
    isWell: acceptsRequests,
    isFailedLater: (extension) => hasRequests(appliedHashesOf(extension)),
  },
  'app-configuration': { fact: 'appConfiguration', isWell: runs, isFailedLater: () => false },
  flux: { fact: 'flux', isWell: runs, isFailedLater: () => false },
}

/** While it is upgraded, what it made stays, and it goes on. */
function runs({ provisioningState, currentVersion }: Extension): boolean {
  return provisioningState === 'Succeeded' || (provisioningState === 'Updating' && Boolean(currentVersion))
}

export const readyIn = (facts: Partial<ClusterFacts>, name: ClusterExtensionName): 'ready' | 'unwell' | undefined =>
  facts[extensionStates[name].fact]
