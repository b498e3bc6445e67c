// Every quarter of an hour: takes secrets out of the Key Vault that were given for a connection that never came to be, or not with this secret: the app
// died between the vault and the store, or the name was taken. A secret that a connection has is its own to take back, once its ledger holds it.
import { app, type InvocationContext } from '@azure/functions'
import { secretDelete } from '../steps/by-hand-objects.ts'
import { keepSecret } from '../steps/keep-secret.ts'
import { errorFields, say } from '../steps/log.ts'
import type { GivenSecret } from '../steps/store.ts'
import type { DoorsOf, SecretKeeping } from './doors.ts'

/** What could not be taken out for so long is left there, and said. */
const triedMs = 7 * 24 * 60 * 60_000

export function registerGivenSecrets(doors: DoorsOf): void {
  app.timer('given-secrets', { schedule: '30 */15 * * * *', handler: (_timer, context) => clearGiven(doors, context) })
}

export async function clearGiven(doorsOf: DoorsOf, context: InvocationContext): Promise<void> {
  const { store, vault, now } = doorsOf()
  if (!vault) return
  for await (const given of store.given()) {
    const snapshot = await store.read({ kind: 'connection', key: given.connection, id: '' })
    if (snapshot?.row.self?.secret && same(snapshot.row.self.secret.id, given.secretId)) {
      // Not while it is being removed: a door may have recovered what its ledger has let go of. Its end is near.
      const isHeld = snapshot.view.held(keepSecret.name).some(({ thing }) => same(thing.id, given.secretId))
      if (isHeld && !snapshot.row.removing) await store.settled(given)
      continue
    }
    const claimed = await store.claim(given)
    if (!claimed) continue
    const refused = await discarded(given, vault)
    const isOver = refused === undefined || now() - given.at > triedMs
    if (isOver) await store.settled(claimed)
    const about = { connection: given.connection, secret: given.secretId }
    if (refused === undefined) say(context, 'log', { event: 'secret discarded', ...about, text: 'No connection came of it.' })
    else
      say(context, isOver ? 'warn' : 'log', {
        event: 'secret left',
        ...about,
        ...refused,
        text: isOver ? 'It is left in the Key Vault.' : 'It is tried again.',
        byHand: secretDelete(given.secretId),
      })
  }
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const discarded = ({ connection, secretId }: GivenSecret, vault: SecretKeeping): Promise<{ readonly error: string } | undefined> =>
  vault.discard(connection, secretId).then(() => undefined, errorFields)
