// Whole stories in tests (story.ts): each ends with its test, and fails where the app logged an error or strict mode found a violation.
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../azurite.ts'
import { type Scenario, type Story, type StoryOptions, startStory } from './story.ts'

export { idOfAccount, idOfCluster, minute, type Scenario } from './story.ts'

let azurite: AzuriteHandle
const open = new Set<Story>()

/** To be called once in a file, at the top. */
export function useScenarios(): (options?: StoryOptions) => Promise<Scenario> {
  beforeAll(() => {
    azurite = azuriteOfRun()
  })
  afterAll(() => azurite.close())
  afterEach(async () => {
    const closing = [...open]
    open.clear()
    for (const story of closing) expect(await story.close()).toEqual([])
  })
  return async (options = {}) => {
    const story = await startStory(azurite, options)
    open.add(story)
    return story
  }
}
