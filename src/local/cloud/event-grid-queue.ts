// Events into a Storage queue, as the identity of the system topic: it comes through the gate of storage like any other caller. Without the role on the
// queue (Storage Queue Data Message Sender) nothing arrives, and Event Grid tries again. A message is one event in Base64.
// https://learn.microsoft.com/azure/event-grid/handler-storage-queues, https://learn.microsoft.com/azure/event-grid/deliver-events-using-managed-identity

import { idOf } from '../fleets/fleet.ts'
import { roleAssignments } from './access.ts'
import { storageAccount } from './arm/storage-accounts.ts'
import { principals } from './entra/directory.ts'
import type { Entra } from './entra/entra.ts'
import type { CloudRequest, CloudResponse } from './http.ts'
import { trustedServices } from './locations.ts'
import type { Json, World } from './world.ts'

export type QueueDestination = { readonly account: string; readonly name: string }
/** Answers the status, 0 = none. */
export type SendToQueue = (queue: QueueDestination, event: Json) => Promise<number>

export const urlOf = ({ account, name }: QueueDestination): string => `https://${account}.queue.core.windows.net/${name}`

const topic = 'system topic of the subscription'
const sender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a' // Storage Queue Data Message Sender
type Parts = { readonly token: Entra['token']; dispatch(request: CloudRequest): Promise<CloudResponse> }

export const queueSender =
  ({ token, dispatch }: Parts): SendToQueue =>
  async (queue, event) => {
    const content = Buffer.from(JSON.stringify(event)).toString('base64')
    const body = Buffer.from(`<QueueMessage><MessageText>${content}</MessageText></QueueMessage>`)
    const headers = {
      authorization: `Bearer ${await token({ oid: idOf(topic) }, 'https://storage.azure.com')}`,
      'content-length': String(body.length),
      'content-type': 'application/xml',
      'x-ms-version': '2025-01-05',
    }
    const url = new URL(`${urlOf(queue)}/messages`)
    return await dispatch({ method: 'POST', url, headers, body, location: trustedServices }).then(
      ({ status }) => status,
      () => 0,
    )
  }

/** What infra/events.bicep deploys beside the subscription and the queue: the identity of the topic, and its role on the queue. */
export function letTopicSend(world: World, queue: QueueDestination): void {
  const account = storageAccount(world, queue.account)
  if (!account) throw new Error(`There is no storage account '${queue.account}' for a queue of events`)
  const oid = idOf(topic)
  principals(world).set(oid, { oid, appId: idOf(`client ${topic}`), kind: 'managed-identity', name: topic, createdAt: 0, visibleAt: 0 })
  const scope = `${account.id}/queueServices/default/queues/${queue.name}`
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${idOf(`${scope} ${oid}`)}`
  const [, , subscription = ''] = scope.split('/')
  roleAssignments(world).set(id.toLowerCase(), {
    ...{ id, scope, principalId: oid, principalType: 'ServicePrincipal', createdOn: 0, createdBy: '', effectiveAt: 0 },
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${sender}`,
  })
}
