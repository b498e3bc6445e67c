// Azure as the sweep sees it: what carries this installation's marks, by Resource Graph, and each resource as ARM answers.
import * as z from 'zod'
import { notUnderstood } from '../errors/answer.ts'
import type { Arm, Identities } from '../ports/azure.ts'
import type { Provenance } from '../ports/ports.ts'
import type { NamedGrants, SweptAzure } from '../ports/sweep.ts'
import type { Graph } from './graph.ts'

const authorizationApi = '2022-04-01'
const assignment = z.looseObject({
  properties: z.looseObject({
    scope: z.string().min(1),
    principalId: z.string().min(1),
    roleDefinitionId: z.string().min(1),
    description: z.string().nullish(),
  }),
})

type Parts = {
  readonly graph: Graph
  readonly identities: Identities
  readonly arm: Pick<Arm, 'get' | 'delete'>
  readonly grants: NamedGrants
  readonly provenance: Provenance
}

export const sweptAzure = ({ graph, identities, arm, grants, provenance }: Parts): SweptAzure => ({
  made: graph.made,
  ofTypes: graph.ofTypes,
  namesakes: graph.named,
  isListed: graph.isListed,
  grants,
  provenance,
  identity: identities.get,
  credentials: identities.credentials,
  async assignment(id) {
    const body = await arm.get(id, authorizationApi)
    if (body === undefined) return undefined
    const read = assignment.safeParse(body)
    if (!read.success) throw notUnderstood(`read role assignment ${id}`, 'it is not a role assignment')
    const { scope, principalId, roleDefinitionId, description } = read.data.properties
    return { scope, principalId, roleDefinitionId, description: description ?? '' }
  },
  removeIdentity: identities.delete,
  removeCredential: identities.deleteCredential,
  async removeAssignment(id) {
    await arm.delete(id, authorizationApi)
  },
})
