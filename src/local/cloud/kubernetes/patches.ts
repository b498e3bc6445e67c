// The patches that are no apply: JSON merge patch (RFC 7386), JSON patch (RFC 6902), strategic merge patch.
import { isRaw, type KubernetesObject, type Raw } from './object.ts'
import { json } from './request.ts'
import { badRequest, Refusal } from './status.ts'

const refused = (): Refusal => new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

function patchObject(body: Buffer): Raw {
  const patch = json(body)
  if (!isRaw(patch)) throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}')
  return patch
}

/** Lists are replaced unless `keyOf` names the field by which the items of a list are merged. */
function merged(value: unknown, patch: unknown, keyOf: (field: string) => string | undefined, field = ''): unknown {
  const key = keyOf(field)
  if (key !== undefined && Array.isArray(patch) && Array.isArray(value)) return mergedLists(value, patch, key)
  if (!isRaw(patch)) return patch
  const result: Record<string, unknown> = { ...(isRaw(value) ? value : {}) }
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete result[name]
    else result[name] = merged(result[name], change, keyOf, name)
  }
  return result
}

function mergedLists(value: readonly unknown[], patch: readonly unknown[], key: string): unknown[] {
  if (key === '') return [...new Set([...value, ...patch])]
  const keyed = new Map(value.map((item) => [isRaw(item) ? item[key] : item, item]))
  for (const item of patch) {
    const id = isRaw(item) ? item[key] : item
    if (isRaw(item) && item['$patch'] === 'delete') keyed.delete(id)
    else
      keyed.set(
        id,
        merged(keyed.get(id), item, () => undefined),
      )
  }
  return [...keyed.values()]
}

export const mergePatch = (before: KubernetesObject, body: Buffer): Raw => merged(before, patchObject(body), () => undefined) as Raw

/** https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ */
const mergeKeys: Readonly<Record<string, string>> = { secrets: 'name', imagePullSecrets: 'name', ownerReferences: 'uid', finalizers: '' }
export const strategicPatch = (before: KubernetesObject, body: Buffer): Raw =>
  merged(before, patchObject(body), (field) => mergeKeys[field]) as Raw

export function jsonPatch(before: KubernetesObject, body: Buffer): Raw {
  const steps = json(body)
  if (!Array.isArray(steps)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  const root: { whole: unknown } = { whole: structuredClone(before) }
  for (const step of steps as Raw[]) carryOut(root, step)
  return root.whole as Raw
}

type Place = { readonly parent: Record<string, unknown> | unknown[]; readonly key: string }

function carryOut(root: { whole: unknown }, step: Raw): void {
  const at = placeOf(root, String(step['path']))
  if (step['op'] === 'test') {
    if (JSON.stringify(read(at)) !== JSON.stringify(step['value'])) throw refused()
  } else if (step['op'] === 'add') write(at, step['value'], true)
  else if (step['op'] === 'remove') remove(at)
  else if (step['op'] === 'replace') {
    read(at)
    write(at, step['value'], false)
  } else if (step['op'] === 'copy') write(at, structuredClone(read(placeOf(root, String(step['from'])))), true)
  else if (step['op'] === 'move') {
    const from = placeOf(root, String(step['from']))
    const value = read(from)
    remove(from)
    write(at, value, true)
  } else throw refused()
}

function placeOf(root: { whole: unknown }, pointer: string): Place {
  const keys = ['whole', ...pointer.split('/').slice(1)].map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  let parent: unknown = root
  for (const key of keys.slice(0, -1)) parent = (parent as Record<string, unknown> | undefined)?.[key]
  if (typeof parent !== 'object' || parent === null) throw refused()
  return { parent: parent as Place['parent'], key: keys.at(-1) ?? '' }
}

function read({ parent, key }: Place): unknown {
  const value = (parent as Record<string, unknown>)[key]
  if (value === undefined) throw refused()
  return value
}

function write({ parent, key }: Place, value: unknown, inserting: boolean): void {
  if (!Array.isArray(parent)) parent[key] = value
  else if (key === '-') parent.push(value)
  else parent.splice(Number(key), inserting ? 0 : 1, value)
}

function remove(place: Place): void {
  read(place)
  if (Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1)
  else delete place.parent[place.key]
}
