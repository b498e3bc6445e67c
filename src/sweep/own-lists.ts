// Lists of this installation's own objects in a cluster, and of the ServiceAccounts that identities can have there.
import { Failure } from '../errors/failure.ts'
import type { ListedObject } from '../model/leftover.ts'
import { kubernetesLabels } from '../model/names.ts'
import type { SweptCluster } from '../ports/sweep.ts'
import { isUpstreamShaped } from './upstream-objects.ts'

/** `evidence`: only what loops own, to compare with the last list. */
export type Look = 'evidence' | 'everything'

export type Listed = {
  /** With this installation's labels. */
  readonly own: readonly ListedObject[]
  /** ServiceAccounts named as identities name them, with and without labels: the extension of Azure Service Connector writes none. */
  readonly accounts: readonly ListedObject[]
}

/**
 * The status ConfigMap is advisory: where it may not be listed, the rest of the evidence is complete. `hasClasses`: there can be SecretProviderClasses of
 * the app; where it may not list them, it has written none.
 */
export async function listOwn(swept: SweptCluster, look: Look, hasClasses: boolean, installation: string): Promise<Listed> {
  const secrets = (await swept.list('Secret', 'own')) ?? []
  const named = (await swept.list('ServiceAccount', look === 'everything' ? 'all' : 'own')) ?? []
  const classes = hasClasses ? await permitted(() => swept.list('SecretProviderClass', 'own')) : []
  const status = look === 'everything' ? await listStatus(swept) : []
  return {
    own: [...secrets, ...named.filter((object) => isLabelled(object, installation)), ...classes, ...status],
    accounts: named.filter(isUpstreamShaped),
  }
}

export const isLabelled = ({ labels }: ListedObject, installation: string): boolean =>
  labels[kubernetesLabels.installation] === installation && labels[kubernetesLabels.owner] !== undefined

export const listStatus = (swept: SweptCluster): Promise<readonly ListedObject[]> => permitted(() => swept.list('ConfigMap', 'own'))

async function permitted(list: () => Promise<readonly ListedObject[] | undefined>): Promise<readonly ListedObject[]> {
  try {
    return (await list()) ?? []
  } catch (error) {
    if (error instanceof Failure && error.fields.class === 'permission') return []
    throw error
  }
}
