// A Storage queue as its trigger needs it, and where the host finds one: by the settings of the trigger's connection, signed in as they say.
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#connections

import type { QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { ownIdentity } from './own-identity.ts'

export type QueuedMessage = {
  readonly id: string
  /** The right to delete, renew or release it, until another reader has taken it. */
  readonly popReceipt: string
  /** As it is in the queue: whatever its encoding is. */
  readonly text: string
  readonly dequeueCount: number
  readonly insertedOn: Date
  readonly expiresOn: Date
  readonly nextVisibleOn: Date
}

export type Queue = {
  /** Hides what it answers for so long. Of a queue that is not there: nothing. */
  receive(most: number, hiddenMs: number): Promise<readonly QueuedMessage[]>
  /** Hides it for so long from now on; 0 = it can be read at once. Answers with its new receipt. */
  hide(message: QueuedMessage, hiddenMs: number): Promise<QueuedMessage>
  remove(message: QueuedMessage): Promise<void>
  /** A copy in `<name>-poison`, which is made where it is missing. */
  copyToPoison(message: QueuedMessage): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

/** The SDK is loaded by apps that have such a trigger only. */
export async function openQueue(name: string, connection: string, env: Environment): Promise<Queue> {
  const service = await serviceOf(connection, env)
  const client = service.getQueueClient(name)
  const poison = service.getQueueClient(`${name}-poison`)
  return {
    receive: (numberOfMessages, hiddenMs) => received(client, numberOfMessages, hiddenMs / 1000),
    async hide(message, hiddenMs) {
      const answer = await client.updateMessage(message.id, message.popReceipt, undefined, hiddenMs / 1000)
      return { ...message, popReceipt: answer.popReceipt ?? message.popReceipt }
    },
    async remove({ id, popReceipt }) {
      await client.deleteMessage(id, popReceipt)
    },
    async copyToPoison({ text }) {
      await poison.createIfNotExists()
      await poison.sendMessage(text)
    },
  }
}

async function received(client: QueueClient, numberOfMessages: number, visibilityTimeout: number): Promise<readonly QueuedMessage[]> {
  try {
    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages, visibilityTimeout })
    return receivedMessageItems.map(({ messageId, messageText, ...item }) => ({ ...item, id: messageId, text: messageText }))
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return []
    throw error
  }
}

async function serviceOf(connection: string, env: Environment): Promise<QueueServiceClient> {
  const [{ QueueServiceClient }, { DefaultAzureCredential }] = await Promise.all([
    import('@azure/storage-queue'),
    import('@azure/identity'),
  ])
  const once = { retryOptions: { maxTries: 1 } } // the trigger asks again by itself
  const text = env[connection]
  if (text !== undefined && text !== '') return QueueServiceClient.fromConnectionString(text, once)
  const account = env[`${connection}__accountName`]
  const uri = env[`${connection}__queueServiceUri`] ?? (account && `https://${account}.queue.core.windows.net`)
  if (!uri)
    throw new Error(`A queue trigger needs the setting ${connection} (a connection string), or ${connection}__accountName (its identity)`)
  const clientId = env[`${connection}__clientId`]
  const managed = env[`${connection}__credential`] === 'managedidentity'
  return new QueueServiceClient(uri, managed ? ownIdentity(clientId || undefined) : new DefaultAzureCredential(), once)
}
