// POST …/linkers/<name>/listConfigurations: the keys of a connection's Secret, and the values that are no secret. generateConfigurations: the same with another
// configurationInfo, to see what it would make of them. Both read facts and nothing else.
import type { HttpResponseInit } from '@azure/functions'
import { isConnectionName } from '../../declare/connection-fields.ts'
import { configurationsOf } from '../../linker/configurations.ts'
import { propertiesOf } from '../../linker/patch.ts'
import type { Connection, ConnectionSpec } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import type { View } from '../../model/view.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { shownValuesOf } from '../../targets/secret-values.ts'
import { json } from '../http/answers.ts'
import { readJsonIfAny } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { invalidTagNamed } from './invalid-tags.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'
import { readPut } from './linker-put.ts'

type There = { readonly self: Connection; readonly view: View }

export async function listConfigurations(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const there = await read(call, cluster, name)
  return there ? answer(call, there.self, there) : json(200, { configurations: [] })
}

export async function generateConfigurations(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const configurationInfo = await readJsonIfAny(call.request)
  const there = await read(call, cluster, name)
  if (!there) return json(200, { configurations: [] })
  const { self } = there
  if (configurationInfo === undefined) return answer(call, self, there)
  const properties = { ...propertiesOf(self, {}, []), configurationInfo }
  const { spec } = await readPut({ properties }, self.cluster.id, self.name, call.services, self)
  return answer(call, spec, there)
}

/** `undefined`: a tag that cannot be read, which has a linker and no Secret. @throws Refusal */
async function read({ services: { store } }: Call, cluster: string, name: string): Promise<There | undefined> {
  const view = isConnectionName(name) ? (await store.read(linkerLoop(cluster, name), ['target', 'identity']))?.view : undefined
  if (view?.self) return { self: view.self, view }
  if (await invalidTagNamed(store, cluster, name)) return undefined
  throw noSuchLinker(cluster, name)
}

const answer = ({ services }: Call, spec: ConnectionSpec, { self, view }: There): HttpResponseInit =>
  json(200, configurationsOf(spec, valuesIn(spec, self, view, services) ?? {}))

/** The keys of the Secret that `spec` makes, with the values that are no secret; credentials, and what is not known yet, are empty. */
export function valuesIn(
  spec: ConnectionSpec,
  self: Connection,
  view: View,
  { installation }: Pick<HandlerContext, 'installation'>,
): Readonly<Record<string, string>> | undefined {
  const type = targetOf(self.type)
  const identity = self.identity && view.of(self.identity)
  const service = serviceIn(view.of(self.target), self.type)
  const known = {
    ...(service ? { service } : {}),
    tenant: installation.tenant,
    ...(identity?.clientId === undefined ? {} : { identity: identity as IdentityFacts }),
  }
  return type && shownValuesOf(type, spec, known)
}
