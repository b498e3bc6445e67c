// The connections of Azure Service Connector on a cluster, each judged for an import: what it would be here, and what is in the way. Nothing is written.
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { type ImportedBody, importedBody } from '../../linker/imported.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import type { LoopRow } from '../../ports/rows.ts'
import type { WholeLinker } from '../../sweep/linkers.ts'
import { type ArmError, Refusal, refusalOf } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { type Consents, consentsFor } from '../linkers/consent.ts'
import { linkerLoop } from '../linkers/linker-name.ts'
import { readPut } from '../linkers/linker-put.ts'

/**
 * `ready`: it can be imported. `imported`: the app has it. `notAllowed`: no policy, or none for this caller. `nameTaken`: the app has another connection
 * of this name. `removing`: the app removes one of this name. `notImportable`: the app cannot do the same, or needs a secret that no answer has.
 */
type Importable = 'ready' | 'imported' | 'notAllowed' | 'nameTaken' | 'removing' | 'notImportable'
export type Judged = ImportedBody & {
  readonly name: string
  readonly state: Importable
  readonly spec?: ConnectionSpec
  readonly error?: ArmError
}
export type JudgedAll = { readonly all: readonly Judged[]; readonly consents: Consents }

export async function judgedFor(
  linkers: readonly WholeLinker[],
  cluster: string,
  transport: string | undefined,
  call: Call,
): Promise<JudgedAll> {
  const { caller } = call
  const services = { ...call.services, resolveIdentity: onceEach(call.services.resolveIdentity) }
  const read = await mapConcurrent(linkers, 4, async ({ name, properties }): Promise<Read> => {
    const imported = { name, ...importedBody(properties, transport) }
    if (properties['provisioningState'] === 'Deleting') return { ...imported, state: 'notImportable', error: goingThere }
    return await refusable(imported, async () => {
      const row = (await services.store.read(linkerLoop(cluster, name)))?.row
      const before = row?.removing ? undefined : row?.self
      const { spec } = await readPut(imported.body, cluster, name, services, before)
      return { ...imported, spec, ...standingOf(spec, row) }
    })
  })
  const consents = await consentsFor(
    read.map(({ spec }) => spec),
    services,
  )
  const all = read.map((one): Judged => {
    const { state, spec } = one
    if (state !== 'ready' || !spec) return one
    const error = refusalOf(() => consents.refuseUnlessAllowed(spec, caller.ids))?.error
    return error ? { ...one, state: 'notAllowed', error } : one
  })
  return { all, consents }
}

const goingThere: ArmError = { code: 'Conflict', message: 'Azure Service Connector is deleting it.' }

type Read = Omit<Judged, 'spec'> & { readonly spec?: ConnectionSpec }

async function refusable(imported: ImportedBody & { readonly name: string }, read: () => Promise<Read>): Promise<Read> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Refusal) return { ...imported, state: 'notImportable', error: error.error }
    throw error
  }
}

/** Whatever its origin here: the same pods reach the same target as the same identity. */
export function standingOf(spec: ConnectionSpec, row: LoopRow | undefined): Pick<Judged, 'state' | 'error'> {
  if (!row?.self) return { state: 'ready' }
  if (row.removing) return { state: 'removing' }
  const { self } = row
  const isSame =
    self.target.key === spec.target.key &&
    self.type === spec.type &&
    self.namespace === spec.namespace &&
    self.auth === spec.auth &&
    self.identity?.key === spec.identity?.key
  if (isSame) return { state: 'imported' }
  const by = `a connection to ${self.targetId} in the namespace ${self.namespace}`
  const { code, text, cause, remediation } = problemOf({ code: 'NameTaken', about: { name: spec.name, by } })
  return { state: 'nameTaken', error: { code, message: `${text} ${cause} ${remediation}` } }
}

/** Many connections share an identity. */
function onceEach(resolve: Call['services']['resolveIdentity']): Call['services']['resolveIdentity'] {
  const known = new Map<string, Promise<string | undefined>>()
  return (clientId, subscription) => {
    const key = `${clientId} ${subscription}`.toLowerCase()
    const found = known.get(key) ?? resolve(clientId, subscription)
    known.set(key, found)
    return found
  }
}
