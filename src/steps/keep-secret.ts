// The secret that an author gave with the connection. The door has put it into the Key Vault; from there on it is a thing like any other: ours by
// its tags, recovered when somebody deleted it, deleted with the connection. This step never sees its value.
import { identityTags } from '../domain/names.ts'
import type { Mark, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { Failure } from '../errors/failure.ts'
import { byHandSecrets } from './by-hand-objects.ts'
import { eachChange } from './each-change.ts'
import type { Vault } from './ports.ts'
import type { Step } from './step.ts'
import type { KeptSecret } from './things.ts'
import { minute } from './words.ts'

export const keepSecret: Step<'connection', KeptSecret> = {
  name: 'keep-secret',
  loop: 'connection',
  after: ['check-consent'],
  reads: [],
  inputs: (view) => view.self?.secret?.version,
  // A vault that is gone has no name in the DNS any more, and looks like one that does not answer.
  patienceMs: 30 * minute,

  wanted(view): Wanted<KeptSecret> {
    const secret = view.self?.secret
    if (!secret || view.removing) return { things: [] }
    const thing = kept(secret.id)
    if (view.facts.consent === 'refused') return { things: [] }
    if (view.facts.consent === 'granted') return { things: [thing] }
    return { things: [], later: [thing, ...view.held('keep-secret').map((row) => row.thing as KeptSecret)] }
  },

  async observe(view, wanted, held, ports) {
    const ids = [...new Set([...held.map((row) => row.thing), ...wanted].map(({ secretId }) => secretId))]
    const looks = await Promise.all(ids.map(async (id) => [id, await ports.vault.look(id)] as const))
    const seen = looks.map(([id, there]): Seen => {
      const thing = kept(id)
      return there ? { id: thing.id, state: 'same', mark: markOf(there, view) } : { id: thing.id, state: 'absent' }
    })
    const self = view.self?.secret
    const isThere = looks.some(([id, there]) => self?.id === id && there?.versions.includes(self.version))
    return { seen, facts: { keptSecret: self && isThere ? self.version : undefined }, found: undefined }
  },

  async apply(changes, _found, view, ports) {
    let recovering = false
    await eachChange(changes, async ({ action, thing }) => {
      if (action === 'delete') return ports.vault.delete(thing.secretId)
      if (!(await ports.vault.recover(thing.secretId)))
        throw new Failure({ class: 'person', code: 'SecretGone', about: { secret: thing.secretId } })
      recovering = true
    })
    const text = 'waiting until the Key Vault has recovered the deleted secret'
    return recovering ? { waiting: [{ of: [view.loop], text, lookAt: view.now + minute / 4 }] } : { done: true }
  },

  byHand: (changes) => byHandSecrets(changes),
}

const kept = (secretId: string): KeptSecret => ({
  kind: 'kept-secret',
  id: secretId.toLowerCase(),
  summary: `secret ${secretId.slice(secretId.lastIndexOf('/') + 1)} in Key Vault ${new URL(secretId).hostname.split('.')[0]}`,
  secretId,
  made: true,
})

function markOf({ tags }: NonNullable<Awaited<ReturnType<Vault['look']>>>, view: View<'connection'>): Mark {
  const isOurs = tags[identityTags.installation] === view.rules.installation && tags[identityTags.loop] === view.loop.key
  return isOurs ? 'ours' : 'foreign'
}
