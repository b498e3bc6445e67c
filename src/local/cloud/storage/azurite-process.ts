// Runs in Azurite's own process, before Azurite: its databases are saved when the parent asks, and the process ends with its parent.
//
// Azurite keeps tables, queues and the lists of blobs in LokiJS databases, which save themselves every 5 seconds; what came after the last time was lost
// in a kill (https://github.com/techfort/LokiJS/wiki/LokiJS-persistence-and-adapters). Here they never save by themselves: the parent asks for it before
// it passes on the answer to a write (azurite.ts). So there is nothing left to save at the end, and the process can end at once: were it to write on
// after its parent is gone, it could overwrite what the next one has acknowledged.

import { createRequire } from 'node:module'
import { replaceFile } from '../../durable.ts'

type Saved = (error?: unknown) => void
type Database = {
  autosaveDirty(): boolean
  autosaveDisable(): void
  configureOptions(...given: unknown[]): void
  saveDatabase(done: Saved): void
}
type LokiJs = {
  readonly prototype: Database
  readonly LokiFsAdapter: { readonly prototype: { saveDatabase(path: string, text: string, done: Saved): void } }
}

const azurite = createRequire(import.meta.url).resolve('azurite/package.json')
/** The copy that Azurite itself uses. */
const loki = createRequire(azurite)('lokijs') as LokiJs
const databases = new Set<Database>()
/** LokiJS forgets that a database has changes before they are written: after a failed save it would be taken for saved. */
const unsaved = new Set<Database>()

// The constructor calls it, with or without a file to load.
const configure = loki.prototype.configureOptions
loki.prototype.configureOptions = function (this: Database, ...given: unknown[]) {
  configure.apply(this, given)
  databases.add(this)
  this.autosaveDisable()
}
loki.LokiFsAdapter.prototype.saveDatabase = (path, text, done) => void replaceFile(path, text).then(() => done(null), done)

const save = (database: Database): Promise<void> =>
  new Promise((done, failed) => {
    unsaved.add(database)
    database.saveDatabase((error) => {
      if (error) return failed(error)
      unsaved.delete(database)
      done()
    })
  })

process.on('message', (asked) => {
  if (asked !== 'save') return
  if (databases.size === 0) return void process.send?.('Azurite has no LokiJS database: it keeps its data in another way now')
  const changed = [...databases].filter((database) => database.autosaveDirty() || unsaved.has(database))
  Promise.all(changed.map(save)).then(
    () => process.send?.('saved'),
    (error: unknown) => process.send?.(`Azurite could not save: ${error}`),
  )
})
process.on('disconnect', () => process.exit())
