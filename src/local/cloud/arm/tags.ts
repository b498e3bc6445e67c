// Microsoft.Resources/tags: the tags of any resource or group, merged on the server
// (https://learn.microsoft.com/rest/api/resources/tags). A change needs tags/write only, and its event names the tags, not the resource.

import { refuse, resourceNotFound } from './errors.ts'
import { keyOf, parseId } from './ids.ts'
import { type Call, checkTags, objectOf, type Provider } from './provider.ts'
import { findGroup, groups } from './resource-groups.ts'
import { findResource, putResource, type Resource, type Tags } from './resources.ts'

/** Types that do more than store a new tag. */
export type TagHooks = Readonly<Record<string, (call: Call, resource: Resource, tags: Tags) => void>>

const path = '{scope*}/providers/Microsoft.Resources/tags/default'

export function tagsProvider(hooks: TagHooks): Provider {
  const change = (call: Call, made: (before: Tags) => Tags) => {
    const { tags, store } = taggedObject(call, hooks)
    const after = made(tags)
    checkTags(after)
    store(after)
    return { status: 200, body: bodyOf(call, after) }
  }
  return {
    namespace: 'Microsoft.Resources',
    routes: [
      { method: 'GET', path: `/${path}`, handle: (call) => ({ status: 200, body: bodyOf(call, taggedObject(call, hooks).tags) }) },
      { method: 'PUT', path: `/${path}`, handle: (call) => change(call, () => asked(call)) },
      {
        method: 'PATCH',
        path: `/${path}`,
        handle: (call) => {
          const operation = operations[String(call.body['operation']).toLowerCase()]
          if (!operation) throw refuse(400, 'InvalidTagsOperation', "The operation must be 'Merge', 'Replace' or 'Delete'.")
          return change(call, (before) => operation(before, asked(call)))
        },
      },
      { method: 'DELETE', path: `/${path}`, handle: (call) => change(call, () => ({})) },
    ],
  }
}

/** Names are compared without regard to case; deleting needs the right value too. */
const operations: Readonly<Record<string, (before: Tags, asked: Tags) => Tags>> = {
  merge: (before, asked) => ({ ...without(before, (name) => has(asked, name)), ...asked }),
  replace: (_before, asked) => asked,
  delete: (before, asked) => without(before, (name, value) => has(asked, name, value)),
}

const has = (tags: Tags, name: string, value?: string): boolean =>
  Object.entries(tags).some(([one, its]) => one.toLowerCase() === name.toLowerCase() && (value === undefined || its === value))

const without = (tags: Tags, drop: (name: string, value: string) => boolean): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([name, value]) => !drop(name, value)))

const asked = (call: Call): Tags => checkTags(objectOf(objectOf(call.body['properties'])['tags']))

const bodyOf = (call: Call, tags: Tags): object => ({
  id: call.path,
  name: 'default',
  type: 'Microsoft.Resources/tags',
  properties: { tags },
})

function taggedObject(call: Call, hooks: TagHooks): { readonly tags: Tags; readonly store: (tags: Tags) => void } {
  const id = call.parameters['scope'] ?? ''
  const resource = findResource(call.world, id)
  if (resource) {
    const hook = hooks[resource.type.toLowerCase()]
    const store = (tags: Tags): void => (hook ? hook(call, resource, tags) : putResource(call.world, { ...resource, tags }))
    return { tags: resource.tags ?? {}, store }
  }
  const group = findGroup(call.world, id)
  if (group) return { tags: group.tags ?? {}, store: (tags) => void groups(call.world).set(keyOf(group.id), { ...group, tags }) }
  const { type = 'Microsoft.Resources/subscriptions', name = id, group: inGroup = '' } = parseId(id)
  throw resourceNotFound(type, name, inGroup)
}
