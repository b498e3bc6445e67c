// The secret that an author provided with the connection. The handler has written it to the Key Vault; from then on it is an object like any other:
// the app's by its tags, recovered if someone deletes it, deleted with the connection. This step never reads its value.

import { eachChange } from '../../contract/each-change.ts'
import type { Step } from '../../contract/step.ts'
import { Failure } from '../../errors/failure.ts'
import type { DesiredObjects, Mark, ObservedState } from '../../model/managed-object.ts'
import type { StoredSecret } from '../../model/managed-objects.ts'
import { identityTags } from '../../model/names.ts'
import type { View } from '../../model/view.ts'
import { minute } from '../../model/words.ts'
import type { Vault } from '../../ports/ports.ts'
import { byHandSecrets } from '../by-hand/objects.ts'

export const storeSecret: Step<'connection', StoredSecret> = {
  name: 'store-secret',
  loop: 'connection',
  after: ['check-consent'],
  reads: [],
  inputs: (view) => view.self?.secret?.version,
  // A deleted vault has no DNS name any more, and looks like one that does not answer.
  patienceMs: 30 * minute,

  desired(view): DesiredObjects<StoredSecret> {
    const secret = view.self?.secret
    if (!secret || view.removing) return { objects: [] }
    const object = secretObject(secret.id)
    if (view.facts.consent === 'refused') return { objects: [] }
    if (view.facts.consent === 'granted') return { objects: [object] }
    return { objects: [], later: [object, ...view.tracked('store-secret').map((row) => row.object as StoredSecret)] }
  },

  async observe(view, { objects }, ports) {
    const ids = [...new Set(objects.map(({ secretId }) => secretId))]
    const secrets = await Promise.all(ids.map(async (id) => [id, await ports.vault.metadata(id)] as const))
    const observed = secrets.map(([id, there]): ObservedState => {
      const object = secretObject(id)
      return there ? { id: object.id, state: 'same', mark: markOf(there, view) } : { id: object.id, state: 'absent' }
    })
    const self = view.self?.secret
    const isThere = secrets.some(([id, there]) => self?.id === id && there?.versions.includes(self.version))
    return { observed, facts: { storedSecret: self && isThere ? self.version : undefined }, found: undefined }
  },

  async apply(changes, _found, view, ports) {
    let recovering = false
    await eachChange(changes, async ({ action, object }) => {
      if (action === 'delete') return ports.vault.delete(object.secretId)
      if (!(await ports.vault.recover(object.secretId)))
        throw new Failure({ class: 'manual', code: 'SecretGone', about: { secret: object.secretId } })
      recovering = true
    })
    const text = 'waiting until the Key Vault has recovered the deleted secret'
    return recovering ? { waiting: [{ of: [view.loop], text, nextRunAt: view.now + minute / 4 }] } : { done: true }
  },

  byHand: (changes) => byHandSecrets(changes),
}

const secretObject = (secretId: string): StoredSecret => ({
  kind: 'stored-secret',
  id: secretId.toLowerCase(),
  summary: `secret ${secretId.slice(secretId.lastIndexOf('/') + 1)} in Key Vault ${new URL(secretId).hostname.split('.')[0]}`,
  secretId,
  made: true,
})

function markOf({ tags }: NonNullable<Awaited<ReturnType<Vault['metadata']>>>, view: View<'connection'>): Mark {
  const isOurs = tags[identityTags.installation] === view.installation.name && tags[identityTags.loop] === view.loop.key
  return isOurs ? 'ours' : 'foreign'
}
