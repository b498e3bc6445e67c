// Ids that several types of target have: the accounts of Cognitive Services.
import { expect, it } from 'vitest'
import { parseLinkerBody } from '../../src/linker/request.ts'
import { targets } from '../../src/targets/catalogue.ts'

const group = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers'
const account = `${group}/Microsoft.CognitiveServices/accounts/mind`
const read = (id: string, targetType?: string) =>
  parseLinkerBody(
    { properties: { targetService: { type: 'AzureResource', id }, ...(targetType ? { targetType } : {}), scope: 'shop' } },
    targets,
  )

it.each(['openai', 'aiservices', 'CognitiveServices'])('is of the type that targetType names: %s', (name) => {
  expect(read(account, name)).toMatchObject({ value: { type: { type: name.toLowerCase() } } })
})

it.each([
  ['no type', undefined, 'several types of target have such an id'],
  ['a type of another resource', 'appconfig', "'appconfig' is not a type of this resource"],
])('is refused with the types that the id fits: %s', (_what, name, message) => {
  expect(read(account, name)).toMatchObject({
    issues: [{ field: 'properties.targetType', message, hint: 'openai or cognitiveservices or aiservices' }],
  })
})

it('needs no type where the id tells it', () => {
  expect(read(`${group}/Microsoft.SignalRService/SignalR/chat`)).toMatchObject({ value: { type: { type: 'signalr' } } })
})
