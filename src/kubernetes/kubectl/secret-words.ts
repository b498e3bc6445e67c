// What is read of a Secret by kubectl: all but its values, so that none of them gets into the output of a command, which Azure keeps. Annotations are read
// by name, because kubectl's own keeps a copy of what was applied.
//
// Whether the values are those that the app wrote is known without them: an API server takes the ownership of a key from the field manager that applied it
// as soon as another writer changes it. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
import { randomUUID } from 'node:crypto'
import { notUnderstood } from '../../errors/answer.ts'
import { kubernetesAnnotations } from '../../model/names.ts'
import { metadataOf } from '../custom.ts'
import { dataHash, type Found, reloader } from '../manifest.ts'
import { word } from './round.ts'

const annotations: readonly string[] = [...Object.values(kubernetesAnnotations), reloader, dataHash]
const fields = ['uid', 'resourceVersion', 'deletionTimestamp', 'finalizers', 'labels', 'managedFields'] as const
const readAsJson = new Set<string>(['finalizers', 'labels', 'managedFields'])

/** Of an annotation that is not read it could never be said that it is as desired. */
export function checkReadable(written: { readonly metadata?: { readonly annotations?: object } }): void {
  const unread = Object.keys(written.metadata?.annotations ?? {}).find((name) => !annotations.includes(name))
  if (unread !== undefined) throw new TypeError(`The annotation ${unread} of Secrets is not read by kubectl`)
}

export type SecretWords = { readonly output: string; found(text: string, doing: string): Found }

/** `output`: the option of kubectl. */
export function secretWords(): SecretWords {
  const between = randomUUID()
  const paths = [
    ...fields.map((field) => `.metadata.${field}`),
    '.type',
    '.immutable',
    ...annotations.map((name) => `.metadata.annotations.${name.replaceAll('.', '\\.')}`),
  ]
  const template = paths.map((path) => `{"${between}"}{${path}}`).join('')
  return {
    output: `--output ${word(`jsonpath=${template}{"${between}"}`)}`,
    found(text, doing) {
      const [, ...parts] = text.split(between)
      if (parts.length !== paths.length + 1) throw notUnderstood(doing, 'kubectl did not print what it was asked for')
      const at = (path: string): string | undefined => parts[paths.indexOf(path)] || undefined
      const read = fields.flatMap((field) => {
        const value = at(`.metadata.${field}`)
        return value === undefined ? [] : [[field, readAsJson.has(field) ? parsed(value, doing) : value] as const]
      })
      const own = annotations.flatMap((name) => {
        const value = at(`.metadata.annotations.${name.replaceAll('.', '\\.')}`)
        return value === undefined ? [] : [[name, value] as const]
      })
      const metadata = metadataOf({ metadata: { ...Object.fromEntries(read), annotations: Object.fromEntries(own) } })
      return { metadata, type: at('.type'), immutable: at('.immutable') === 'true', isUnread: true }
    },
  }
}

export function parsed(text: string, doing: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notUnderstood(doing, 'kubectl did not print JSON')
  }
}
