// The objects of a connection in its cluster as Kubernetes YAML. JSON is YAML, so values are written as JSON strings. A credential is in no file: its key is
// named in a comment, and the app writes it.
import { jsonText } from '../model/as-code.ts'
import { kubernetesMarks } from '../model/names.ts'

export type Manifest = {
  readonly kind: 'ServiceAccount' | 'Secret'
  readonly namespace: string
  readonly name: string
  readonly owner: string
  readonly annotations: Readonly<Record<string, string>>
  /** Of a Secret: values by key; an empty one is a credential. */
  readonly values?: Readonly<Record<string, string>>
}

export const manifestsOf = (manifests: readonly Manifest[], installation: string): string =>
  manifests.map((one) => manifestText(one, installation)).join('---\n')

function manifestText({ kind, namespace, name, owner, annotations, values }: Manifest, installation: string): string {
  const map = (indent: string, entries: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(entries).map(([key, value]) => `${indent}${jsonText(key)}: ${jsonText(value)}`)
  const shown = Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== ''))
  const closed = Object.keys(values ?? {}).filter((key) => values?.[key] === '')
  return [
    'apiVersion: v1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${jsonText(name)}`,
    `  namespace: ${jsonText(namespace)}`,
    '  labels:',
    ...map('    ', kubernetesMarks(installation, owner)),
    '  annotations:',
    ...map('    ', annotations),
    ...(values ? ['type: Opaque'] : []),
    ...(closed.length > 0 ? [`# Not in this file, because they are or may be secret: ${closed.join(', ')}`] : []),
    ...(Object.keys(shown).length > 0 ? ['stringData:', ...map('  ', shown)] : []),
    '',
  ].join('\n')
}
