import { expect, it } from 'vitest'
import { useScenarios } from './scenario.ts'

const scenario = useScenarios()

it('connects by connection string: PUT, firewall, Secret', async () => {
  const story = await scenario()
  await story.putPolicy()
  const answer = await story.putLinker('photos')
  expect(answer.status).toBe(201)
  await story.reaches('photos', 'Succeeded')
  expect(story.host.violations).toEqual([])
})
