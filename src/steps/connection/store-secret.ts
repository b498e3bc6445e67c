// The secret that an author provided with the connection. The handler has written it to the Key Vault; from then on it is an object like any other:
// the app's by its tags, recovered if someone deletes it, deleted with the connection. One that its author keeps in another vault is followed: its newest
// version counts, and nothing there is ever changed. This step never reads a value.

import { eachChange } from '../../contract/each-change.ts'
import type { Step } from '../../contract/step.ts'
import { Failure } from '../../errors/failure.ts'
import type { DesiredObjects, Mark, ObservedState } from '../../model/managed-object.ts'
import type { StoredSecret } from '../../model/managed-objects.ts'
import { identityTags } from '../../model/names.ts'
import { type KeptSecret, keptSecretId } from '../../model/secret-ref.ts'
import type { View } from '../../model/view.ts'
import { minute } from '../../model/words.ts'
import type { SecretMetadata } from '../../ports/azure.ts'
import type { Ports } from '../../ports/ports.ts'
import { byHandSecrets } from '../by-hand/objects.ts'

export const storeSecret: Step<'connection', StoredSecret> = {
  name: 'store-secret',
  loop: 'connection',
  after: ['check-consent'],
  reads: [],
  inputs: ({ self, facts }) => (self?.keptSecret ? [self.keptSecret, facts.consent] : self?.secret?.version),
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
    const { self } = view
    if (self?.keptSecret && !view.removing) return await followed(self.keptSecret, objects, view, ports)
    const ids = [...new Set(objects.map(({ secretId }) => secretId))]
    const secrets = await Promise.all(ids.map(async (id) => [id, await ports.vault.metadata(id)] as const))
    const observed = secrets.map(([id, there]): ObservedState => {
      const object = secretObject(id)
      return there ? { id: object.id, state: 'same', mark: markOf(there, view) } : { id: object.id, state: 'absent' }
    })
    const stored = self?.secret
    const isThere = secrets.some(([id, there]) => stored?.id === id && there?.versions.includes(stored.version))
    return { observed, facts: { storedSecret: stored && isThere ? stored.version : undefined }, found: undefined }
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

/** What follows a change of a password at the latest. */
const followedEvery = 60 * minute

/** `objects`: what a former declaration of the connection left in the app's vault. */
async function followed(kept: KeptSecret, objects: readonly StoredSecret[], view: View<'connection'>, ports: Ports) {
  const observed = await Promise.all(
    objects.map(async ({ secretId }) => {
      const object = secretObject(secretId)
      const there = await ports.vault.metadata(secretId)
      return there ? { id: object.id, state: 'same' as const, mark: markOf(there, view) } : { id: object.id, state: 'absent' as const }
    }),
  )
  if (view.facts.consent !== 'granted') return { observed, facts: {}, found: undefined }
  const there = await ports.vault.metadata(keptSecretId(kept))
  const version = kept.version === undefined ? there?.newest : there?.versions.find((one) => one === kept.version)
  const missing = {
    code: 'KeptSecretMissing',
    about: { secret: `${keptSecretId(kept)}${kept.version ? `/${kept.version}` : ''}` },
  } as const
  return {
    observed,
    facts: { storedSecret: version },
    faults: version === undefined ? [missing] : [],
    ...(kept.version === undefined ? { nextRunAt: view.now + followedEvery } : {}),
    found: undefined,
  }
}

const secretObject = (secretId: string): StoredSecret => ({
  kind: 'stored-secret',
  id: secretId.toLowerCase(),
  summary: `secret ${secretId.slice(secretId.lastIndexOf('/') + 1)} in Key Vault ${new URL(secretId).hostname.split('.')[0]}`,
  secretId,
  made: true,
})

function markOf({ tags }: SecretMetadata, view: View<'connection'>): Mark {
  const isOurs = tags[identityTags.installation] === view.installation.name && tags[identityTags.loop] === view.loop.key
  return isOurs ? 'ours' : 'foreign'
}
