// host.json has no comments: the reasons stand in docs/settings.md, which must list exactly what the file says.
import { expect, it } from 'vitest'
import hostJson from '../../host.json' with { type: 'json' }
import { page } from './settings.ts'

const leaves = (value: unknown, path = ''): readonly (readonly [string, string])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
    : [[path, String(value)]]

const [, section = ''] = page('settings.md').split('## host.json')
const listed = [...section.matchAll(/^\| `([^`]+)` \| (?:`([^`]+)`|empty) \|/gm)].map(([, key = '', value = '']) => [key, value] as const)

it('lists every decision of host.json in docs/settings.md, and no other', () => {
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(leaves(hostJson)))
})

it('brings work back that a stopped host has left within a minute', () => {
  expect(hostJson.extensions.durableTask.storageProvider).toEqual({
    controlQueueVisibilityTimeout: '00:01:00',
    workItemQueueVisibilityTimeout: '00:01:00',
  })
})

it('sends only warnings by OpenTelemetry, but for the lines of the app itself', () => {
  expect(hostJson.logging.OpenTelemetry.logLevel).toEqual({
    default: 'Warning',
    'Function.*.User': 'Information',
    'Azure.Core': 'Warning',
    'DurableTask.Core': 'Warning',
    'DurableTask.AzureStorage': 'Error',
  })
})
