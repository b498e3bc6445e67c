// What was acknowledged is on disk: files that are replaced as a whole, and one save for all who wait for one.

import { open, rename } from 'node:fs/promises'

/**
 * A reader sees the old text or the new one, whole, also after a kill or a power cut in between. After a kill it is the new one once this has resolved.
 * After a power cut it can be the old one for some seconds more: the folder is not synced, which would double the time
 * (https://man7.org/linux/man-pages/man2/fsync.2.html).
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.new`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}

/**
 * Group commit: the promise of a call resolves when a save has ended that began after the call. Two saves never run at once, and all calls that come in
 * while one runs share the next. A failed save fails those who waited for it only.
 */
export function groupCommit(save: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        running = save()
        return running
      })
    return next
  }
}
