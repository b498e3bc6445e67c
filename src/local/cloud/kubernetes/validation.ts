// What every object's metadata must look like, in the words of apimachinery's validation
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
import type { Kind } from './kind.ts'
import type { KubernetesObject, Metadata } from './object.ts'
import { type Cause, invalidValue, required, tooLong } from './status.ts'

const dns = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${dns}(\\.${dns})*`
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const whole = (regex: string): RegExp => new RegExp(`^(${regex})$`)

const rule = (text: string, examples: readonly string[], regex: string): string =>
  `${text} (e.g. ${examples.map((each) => `'${each}'`).join(',  or ')}, regex used for validation is '${regex}')`

/** Why a text is no RFC 1123 subdomain (or label), or undefined. */
function nameMistake(name: string, shape: Kind['names']): string | undefined {
  if (shape === 'path')
    return /[/%]/.test(name) || ['.', '..'].includes(name) ? `may not contain '/' or '%' and may not be '.' or '..'` : undefined
  const longest = shape === 'label' ? 63 : 253
  if (name.length > longest) return `must be no more than ${longest} characters`
  if (shape === 'label')
    return whole(dns).test(name)
      ? undefined
      : rule(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          ['my-name', '123-abc'],
          dns,
        )
  return whole(subdomain).test(name)
    ? undefined
    : rule(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        ['example.com'],
        subdomain,
      )
}

/** Why a text is no qualified name (label or annotation key), or undefined. */
function qualifiedNameMistake(key: string): string | undefined {
  const parts = key.split('/')
  const example = ['MyName', 'my.name', '123-abc']
  const shape = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  if (parts.length > 2)
    return `a qualified name ${rule(shape, example, qualified)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
  const name = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? parts[0] : undefined
  if (prefix === '') return 'prefix part must be non-empty'
  const prefixMistake = prefix === undefined ? undefined : nameMistake(prefix, 'subdomain')
  if (prefixMistake) return `prefix part ${prefixMistake}`
  if (name === '') return 'name part must be non-empty'
  if (name.length > 63) return 'name part must be no more than 63 characters'
  return whole(qualified).test(name) ? undefined : `name part ${rule(shape, example, qualified)}`
}

function labelValueMistake(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 characters'
  return whole(`(${qualified})?`).test(value)
    ? undefined
    : rule(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        ['MyValue', 'my_value', '12345'],
        `(${qualified})?`,
      )
}

const annotationsLimit = 256 * 1024

function* mistakes(metadata: Metadata, shape: Kind['names']): Generator<Cause> {
  if (!metadata.name) yield required('metadata.name', 'name or generateName is required')
  else {
    const wrong = nameMistake(metadata.name, shape)
    if (wrong) yield invalidValue('metadata.name', metadata.name, wrong)
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    const wrongKey = qualifiedNameMistake(key)
    if (wrongKey) yield invalidValue('metadata.labels', key, wrongKey)
    const wrongValue = labelValueMistake(value)
    if (wrongValue) yield invalidValue('metadata.labels', value, wrongValue)
  }
  let size = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    const wrong = qualifiedNameMistake(key.toLowerCase())
    if (wrong) yield invalidValue('metadata.annotations', key, wrong)
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > annotationsLimit) yield tooLong('metadata.annotations', annotationsLimit)
  for (const owner of metadata.ownerReferences ?? [])
    for (const field of ['apiVersion', 'kind', 'name', 'uid'])
      if (!owner[field])
        yield invalidValue(`metadata.ownerReferences.${field}`, '', `${field === 'apiVersion' ? 'version' : field} must not be empty`)
  for (const [index, name] of (metadata.finalizers ?? []).entries()) {
    const standard = ['foregroundDeletion', 'orphan', 'kubernetes'].includes(name)
    if (!standard && !name.includes('/'))
      yield invalidValue(`metadata.finalizers[${index}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')
  }
}

export const metadataMistakes = (object: KubernetesObject, shape: Kind['names']): Cause[] => [...mistakes(object.metadata, shape)]
