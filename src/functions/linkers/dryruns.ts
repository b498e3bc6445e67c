// …/dryruns/<name>: what a connection of this name would change, and what is missing for it. It is a preflight with the plan of each step, carried out while the
// request is answered; the result is stored, the secret in a body is not. https://learn.microsoft.com/rest/api/servicelinker/linkers/create-dryrun
import type { HttpResponseInit } from '@azure/functions'
import * as z from 'zod'
import { dryrunOf } from '../../linker/dryrun.ts'
import { type Fields, isFields } from '../../linker/fields.ts'
import { patchedLinker } from '../../linker/patch.ts'
import type { Dryrun } from '../../model/dryrun.ts'
import { loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import { empty, invalidInput, json, notFound } from '../http/answers.ts'
import { readJson } from '../http/body.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import { linkerLoop, refuseBadName } from './linker-name.ts'
import { specIn } from './linker-put.ts'

export const dryrunSchema = z.looseObject({
  properties: z.looseObject({ parameters: z.looseObject({ actionName: z.literal('createOrUpdate') }) }),
})

export async function listDryruns({ services }: Call, cluster: string): Promise<HttpResponseInit> {
  return json(200, { value: (await services.store.dryruns(loop('cluster', cluster))).map(toResponse) })
}

export async function getDryrun({ services }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const found = await services.store.dryrun(loop('cluster', cluster), name)
  if (!found) throw noSuchDryrun(cluster, name)
  return json(200, toResponse(found))
}

export async function putDryrun(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  refuseBadName(name)
  return await run(call, cluster, name, parametersIn(await readJson(call.request)))
}

export async function patchDryrun(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const patch = await readJson(call.request)
  const before = await call.services.store.dryrun(loop('cluster', cluster), name)
  if (!before) throw noSuchDryrun(cluster, name)
  const { properties: within } = isFields(patch) ? patch : {}
  const changes = isFields(within) && isFields(within['parameters']) ? within['parameters'] : {}
  const { properties } = patchedLinker(before.parameters, { properties: changes }) as { readonly properties: Fields }
  return await run(call, cluster, name, parametersIn({ properties: { parameters: properties } }))
}

export async function deleteDryrun({ services }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  return empty((await services.store.deleteDryrun(loop('cluster', cluster), name)) ? 200 : 204)
}

async function run(call: Call, cluster: string, name: string, parameters: Fields): Promise<HttpResponseInit> {
  const { services, caller } = call
  const before = (await services.store.read(linkerLoop(cluster, name)))?.row
  const { actionName, ...properties } = parameters
  const spec = await specIn({ properties }, cluster, name, services, before?.removing ? undefined : before?.self)
  withinLimits(services.limits, caller.objectId, pointsOf.preflight(1))
  const found = await services.preflight(spec.cluster, [spec])
  if (!found) throw notFound(`There is no cluster ${resourceId(cluster).name} in the resource group ${resourceId(cluster).group}.`)
  const result = dryrunOf(spec.name, found)
  const dryrun: Dryrun = { cluster: spec.cluster, name, parameters: withoutSecrets(parameters), result, at: services.now() }
  await services.store.putDryrun(dryrun)
  return json(201, toResponse(dryrun))
}

/** @throws Refusal */
function parametersIn(body: unknown): Fields {
  const parsed = dryrunSchema.safeParse(body)
  if (parsed.success) return parsed.data.properties.parameters
  const hint = '{ "actionName": "createOrUpdate", … } with the fields of a linker\'s properties'
  throw invalidInput([{ field: 'properties.parameters', message: 'it does not say what to try', hint }])
}

/** `authInfo` has the only ones. */
function withoutSecrets(parameters: Fields): Fields {
  const { authInfo } = parameters
  if (!isFields(authInfo)) return parameters
  const { secret: _, secretInfo: __, certificate: ___, ...others } = authInfo
  return { ...parameters, authInfo: others }
}

const toResponse = ({ cluster, name, parameters, result, at }: Dryrun): object => ({
  id: `${cluster.id}/providers/Microsoft.ServiceLinker/dryruns/${name}`,
  name,
  type: 'microsoft.servicelinker/dryruns',
  properties: { parameters, ...result, provisioningState: 'Succeeded', ranAt: new Date(at).toISOString() },
})

const noSuchDryrun = (cluster: string, name: string) =>
  notFound(`There is no dry run '${name.slice(0, 60)}' of the cluster ${resourceId(cluster).name}. They are kept for a week.`)
