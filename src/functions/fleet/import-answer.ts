// What an import answers of each connection: what it is here, how far it is, and what its plan says; and of the extension.
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { Failure } from '../../errors/failure.ts'
import { linkerId } from '../../model/connection.ts'
import { defined } from '../../model/defined.ts'
import { extensionApi, extensionId, extensionOf, isOurType } from '../../model/extension.ts'
import { loop } from '../../model/loop.ts'
import type { Preflight } from '../../model/preflight-report.ts'
import type { Call } from '../http/call.ts'
import { progressIn, reader } from '../linkers/known.ts'
import { linkerLoop } from '../linkers/linker-name.ts'
import type { Judged } from './import-linkers.ts'
import { type Removal, removalOfExtension } from './import-removal.ts'

/** Of those that the app has, by their names at Azure Service Connector. */
export async function statesOf(all: readonly Judged[], cluster: string, { services }: Call): Promise<ReadonlyMap<string, string>> {
  const read = reader(services.store, services.steps)
  const states = await mapConcurrent(
    all.filter(({ state }) => state === 'imported'),
    8,
    async ({ name }): Promise<readonly [string, string][]> => {
      const known = await read(linkerLoop(cluster, name).key)
      return known ? [[name, progressIn(known, services).status]] : []
    },
  )
  return new Map(states.flat())
}

export const rowOf = ({ name, state, spec, error, body, leftOut }: Judged, cluster: string, provisioningState: string | undefined) =>
  defined({
    id: linkerId(cluster, name),
    name,
    state,
    provisioningState,
    target: spec?.targetId,
    targetType: spec?.type,
    namespace: spec?.namespace,
    auth: spec?.auth,
    error,
    leftOut: leftOut.length > 0 ? leftOut : undefined,
    /** For a PUT of one's own, where something is to be different. */
    body,
  })

export function planOf(name: string, { changes, adoptions, value }: Preflight) {
  const of = <T extends { readonly connections: readonly string[] }>(all: readonly T[]): readonly Omit<T, 'connections'>[] =>
    all.filter(({ connections }) => connections.includes(name)).map(({ connections: _, ...one }) => one)
  return { changes: of(changes), adopts: of(adoptions), missing: of(value) }
}

/** Whether its extension can go, if it is there. */
export async function extensionIn(cluster: string, linkers: number, { services }: Call): Promise<readonly Removal[]> {
  try {
    const body = await services.sweeping.arm.get(extensionId(cluster), extensionApi)
    if (!body || !isOurType(extensionOf(body))) return []
  } catch (error) {
    // Without the right to read extensions nothing is said about them.
    if (error instanceof Failure && error.fields.class === 'permission') return []
    throw error
  }
  const users: string[] = []
  for await (const { self } of services.store.connections(loop('cluster', cluster)))
    if (self?.transport === 'extension') users.push(self.name)
  return [removalOfExtension(cluster, linkers, users)]
}
