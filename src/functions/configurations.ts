// POST …/linkers/<name>/listConfigurations: the keys of a connection's Secret, and the values that are no secret. It reads facts and nothing else.
import type { HttpResponseInit } from '@azure/functions'
import { isConnectionName } from '../declare/connection-fields.ts'
import { configurationsOf } from '../linker/configurations.ts'
import { type IdentityFacts, serviceIn } from '../model/facts.ts'
import { targetOf } from '../targets/catalogue.ts'
import { shownValuesOf } from '../targets/secret-values.ts'
import { json } from './answers.ts'
import type { Call } from './call.ts'
import { invalidTagNamed } from './invalid-tags.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'

export async function listConfigurations({ services }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const view = isConnectionName(name) ? (await services.store.read(linkerLoop(cluster, name), ['target', 'identity']))?.view : undefined
  const type = view?.self && targetOf(view.self.type)
  if (!view?.self || !type) {
    // A tag that cannot be read has a linker and no Secret.
    if (await invalidTagNamed(services.store, cluster, name)) return json(200, { configurations: [] })
    throw noSuchLinker(cluster, name)
  }
  const { self } = view
  const identity = self.identity && view.of(self.identity)
  const service = serviceIn(view.of(self.target), self.type)
  const known = {
    ...(service ? { service } : {}),
    tenant: services.installation.tenant,
    ...(identity?.clientId === undefined ? {} : { identity: identity as IdentityFacts }),
  }
  return json(200, configurationsOf(self, shownValuesOf(type, self, known)))
}
