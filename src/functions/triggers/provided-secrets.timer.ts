// Every quarter of an hour: deletes secrets from the Key Vault that were provided for a connection that was never created, or not with this secret:
// the app died between the vault and the store, or the name was taken. A connection deletes its own secret itself, once it is in its ledger.
import { app, type InvocationContext } from '@azure/functions'
import type { ProvidedSecret } from '../../ports/rows.ts'
import { secretDelete } from '../../steps/by-hand/objects.ts'
import { storeSecret } from '../../steps/connection/store-secret.ts'
import { errorFields, say } from '../../telemetry/log.ts'
import type { HandlerContextOf, SecretStorage } from '../http/handler-context.ts'

/** A secret that could not be deleted for this long is left there, and reported. */
const triedMs = 7 * 24 * 60 * 60_000

export function registerProvidedSecrets(services: HandlerContextOf): void {
  app.timer('provided-secrets', { schedule: '30 */15 * * * *', handler: (_timer, context) => clearProvidedSecrets(services, context) })
}

export async function clearProvidedSecrets(servicesOf: HandlerContextOf, context: InvocationContext): Promise<void> {
  const { store, vault, now } = servicesOf()
  if (!vault) return
  for await (const provided of store.provided()) {
    const snapshot = await store.read({ kind: 'connection', key: provided.connection, id: '' })
    if (snapshot?.row.self?.secret && same(snapshot.row.self.secret.id, provided.secretId)) {
      // Not while it is being removed: a handler may have recovered what its ledger has released. Its end is near.
      const isTracked = snapshot.view.tracked(storeSecret.name).some(({ object }) => same(object.id, provided.secretId))
      if (isTracked && !snapshot.row.removing) await store.settled(provided)
      continue
    }
    const claimed = await store.claim(provided)
    if (!claimed) continue
    const refused = await discarded(provided, vault)
    const isOver = refused === undefined || now() - provided.at > triedMs
    if (isOver) await store.settled(claimed)
    const about = { connection: provided.connection, secret: provided.secretId }
    if (refused === undefined) say(context, 'log', { event: 'secret discarded', ...about, text: 'No connection came of it.' })
    else
      say(context, isOver ? 'warn' : 'log', {
        event: 'secret left',
        ...about,
        ...refused,
        text: isOver ? 'It is left in the Key Vault.' : 'It is tried again.',
        byHand: secretDelete(provided.secretId),
      })
  }
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const discarded = ({ connection, secretId }: ProvidedSecret, vault: SecretStorage): Promise<{ readonly error: string } | undefined> =>
  vault.discard(connection, secretId).then(() => undefined, errorFields)
