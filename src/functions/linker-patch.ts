// PATCH of a linker: the same as a PUT of the whole that the patch makes of it.
import type { HttpResponseInit } from '@azure/functions'
import { patchedLinker } from '../linker/patch.ts'
import { defaultGrants } from '../model/grant.ts'
import { Refusal } from './answers.ts'
import { readJson } from './body.ts'
import type { Call } from './call.ts'
import { reader } from './known.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'
import { writeLinker } from './linkers.ts'

export async function patchLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { store, steps, targets } = call.services
  const { key } = linkerLoop(cluster, name)
  const patch = await readJson(call.request)
  const known = await reader(store, steps)(key)
  if (!known) throw noSuchLinker(cluster, name)
  const { self, identity, state } = known
  if (state.removing)
    throw new Refusal(409, { code: 'Conflict', message: `The connection ${name} is being removed. Create it again with PUT.` })
  const usual = defaultGrants(targets.find(({ type }) => type === self.type)?.grants)
  return await writeLinker(patchedLinker(self, identity, usual, patch), call, cluster, name)
}
