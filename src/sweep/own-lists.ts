// Lists of this installation's own objects in a cluster.
import { Failure } from '../errors/failure.ts'
import type { ListedObject } from '../model/leftover.ts'
import type { SweptCluster } from '../ports/sweep.ts'

/** `evidence`: only what loops own, to compare with the last list. */
export type Look = 'evidence' | 'everything'

/**
 * The status ConfigMap is advisory: where it may not be listed, the rest of the evidence is complete. `hasClasses`: there can be SecretProviderClasses of
 * the app; where it may not list them, it has written none.
 */
export async function listOwn(swept: SweptCluster, look: Look, hasClasses: boolean): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = []
  for (const kind of ['Secret', 'ServiceAccount'] as const) found.push(...((await swept.list(kind, 'own')) ?? []))
  if (hasClasses) found.push(...(await permitted(() => swept.list('SecretProviderClass', 'own'))))
  return look === 'evidence' ? found : [...found, ...(await listStatus(swept))]
}

export const listStatus = (swept: SweptCluster): Promise<readonly ListedObject[]> => permitted(() => swept.list('ConfigMap', 'own'))

async function permitted(list: () => Promise<readonly ListedObject[] | undefined>): Promise<readonly ListedObject[]> {
  try {
    return (await list()) ?? []
  } catch (error) {
    if (error instanceof Failure && error.fields.class === 'permission') return []
    throw error
  }
}
