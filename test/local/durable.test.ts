// Group commit: a caller that waits is covered by a save that began after the call.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { groupCommit, replaceFile } from '../../src/local/durable.ts'

/** Saves that end when the test says so. */
const saves = () => {
  const begun: PromiseWithResolvers<void>[] = []
  const save = (): Promise<void> => {
    const one = Promise.withResolvers<void>()
    begun.push(one)
    return one.promise
  }
  return { begun, saved: groupCommit(save) }
}

describe('a group commit', () => {
  it('does not let a save that runs already count for a later call, and shares the next among all who wait', async () => {
    const { begun, saved } = saves()
    const done: string[] = []
    void saved().then(() => done.push('first'))
    await turn()
    void saved().then(() => done.push('second'))
    void saved().then(() => done.push('third'))
    await turn()
    expect(begun).toHaveLength(1)
    begun[0]?.resolve()
    await turn()
    expect([done, begun.length]).toEqual([['first'], 2])
    begun[1]?.resolve()
    await turn()
    expect([done, begun.length]).toEqual([['first', 'second', 'third'], 2])
  })

  it('tells a failed save to those who waited for it, and goes on for the others', async () => {
    const { begun, saved } = saves()
    const first = saved()
    await turn()
    const second = saved()
    begun[0]?.reject(new Error('disk full'))
    await expect(first).rejects.toThrow('disk full')
    await turn()
    begun[1]?.resolve()
    await expect(second).resolves.toBeUndefined()
  })
})

it('replaces a file as a whole, and leaves nothing beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'durable-'))
  try {
    await replaceFile(join(folder, 'state'), 'a longer text')
    await replaceFile(join(folder, 'state'), 'short')
    expect([readdirSync(folder), readFileSync(join(folder, 'state'), 'utf8')]).toEqual([['state'], 'short'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
