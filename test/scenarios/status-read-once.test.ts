// The step that tells how a connection is reads that once an attempt: it reads again after it has written, and must know its own text also where the
// connection has gone on in between.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../azurite.ts'
import { startStory } from './story.ts'

let azurite: AzuriteHandle
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())

it('a DELETE right after the text was written is no change without effect', async () => {
  const lines: string[] = []
  let beforeTheNextRead: (() => Promise<unknown>) | undefined
  const tracked: AzuriteHandle = {
    ...azurite,
    async send(service, request) {
      const first = service === 'table' && request.method === 'GET' ? beforeTheNextRead : undefined
      if (first) {
        beforeTheNextRead = undefined
        await first()
      }
      return azurite.send(service, request)
    },
  }
  const story = await startStory(tracked, { watch: ({ message }) => void lines.push(message) })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  let removed = 0
  story.cloud.onCall(({ service, method, path }) => {
    if (removed > 0 || service !== 'kubernetes' || method === 'GET' || !path.includes('/configmaps')) return
    removed++
    // What is read of the connection from here on is read after the DELETE.
    beforeTheNextRead = async () => expect((await story.removeLinker('photos')).status).toBe(202)
  })
  // Another text over the one that is there: to make it twice would be told apart anyway.
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  await story.until('the DELETE', () => removed > 0 && beforeTheNextRead === undefined)
  await story.vanishes('photos')
  expect(lines.filter((line) => line.includes('ChangeHadNoEffect'))).toEqual([])
  expect(await story.close()).toEqual([])
})
