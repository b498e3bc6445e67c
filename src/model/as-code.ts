// Text of shells, Bicep, Terraform and YAML for people. Names come from ARM ids and parsed input, so they contain nothing that any of them could interpret;
// every other text is written by one of the four functions for texts, because a person runs what comes out.

import { resourceId } from './resource-id.ts'

/** One word of a POSIX shell, also in a terminal: within single quotes nothing has a meaning, and no shell expands its history. */
export const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
export const bicepText = (text: string): string =>
  `'${text.replaceAll(/[\\']|\$(?=\{)|\p{Cc}/gu, (one) => (/\p{Cc}/u.test(one) ? `\\u{${one.charCodeAt(0).toString(16)}}` : `\\${one}`))}'`

/**
 * Signs of templates are written as numbers: a doubled sign is read as one only where no third is before it.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export const terraformText = (text: string): string =>
  `"${text.replaceAll(/[\\"]|[$%](?=\{)|\p{Cc}/gu, (one) => (/["\\]/.test(one) ? `\\${one}` : unicode(one)))}"`

/**
 * JSON that is YAML, too, for any value. Parsers of Kubernetes refuse characters that JSON allows, and YAML 1.1 folds lines at some of them; a terminal acts on
 * others. https://yaml.org/spec/1.1/#c-printable
 */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, unicode)

const unicode = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`

/** `--subscription … --resource-group … --name …` */
export function place(id: string, name = '--name'): string {
  const { subscription, group, names } = resourceId(id)
  return `--subscription ${subscription} --resource-group '${group}' ${name} '${names[0]}'`
}

/** The first line of a Bicep file to deploy to the group of `id`. */
export function bicepFor(id: string, body: string): string {
  const { subscription, group } = resourceId(id)
  return body === ''
    ? ''
    : `// az deployment group create --subscription ${subscription} --resource-group '${group}' --template-file FILE.bicep\n${body}`
}

/** Spelt as in the id, because Bicep's types are case-sensitive. A child has the names of its parents before its own. */
export function bicepPlace(id: string): { readonly type: string; readonly name: string } {
  const [provider = '', ...path] = id.slice(id.lastIndexOf('/providers/') + '/providers/'.length).split('/')
  return {
    type: [provider, ...path.filter((_, index) => index % 2 === 0)].join('/'),
    name: path.filter((_, index) => index % 2 === 1).join('/'),
  }
}

/** Keys and values as Bicep and Terraform write maps. */
export const bicepMap = (map: Readonly<Record<string, string>>): string =>
  `{ ${Object.entries(map)
    .map(([key, value]) => `${bicepText(key)}: ${bicepText(value)}`)
    .join(', ')} }`
export const terraformMap = (map: Readonly<Record<string, string>>): string =>
  `{ ${Object.entries(map)
    .map(([key, value]) => `${terraformText(key)} = ${terraformText(value)}`)
    .join(', ')} }`

/** Several of a kind need distinct names within a file. */
export const numbered = (name: string, index: number): string => (index === 0 ? name : `${name}${index + 1}`)

export type Value = string | boolean | Reference | readonly Value[] | { readonly [name: string]: Value }
/** The name of something else in the same file. */
export class Reference {
  readonly to: string
  constructor(to: string) {
    this.to = to
  }
}

/** A value in Bicep, on one line. */
export function bicepValue(value: Value): string {
  if (typeof value === 'string') return bicepText(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Reference) return value.to
  if (isList(value)) return `[${value.map(bicepValue).join(', ')}]`
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${name}: ${bicepValue(one)}`)
    .join(', ')} }`
}

/** A block of Terraform: objects, and each object of a list, are blocks within it. */
export function terraformBlock(head: string, body: { readonly [name: string]: Value }, indent = ''): string {
  const inner = `${indent}  `
  const width = Math.max(0, ...Object.entries(body).flatMap(([name, value]) => (blocksIn(value) ? [] : [name.length])))
  const lines = Object.entries(body).flatMap(([name, value]) => {
    const blocks = blocksIn(value)
    return blocks ? blocks.map((one) => terraformBlock(name, one, inner)) : [`${inner}${name.padEnd(width)} = ${terraformValue(value)}`]
  })
  return [`${indent}${head} {`, ...lines, `${indent}}`].join('\n')
}

/** A value in Terraform, on one line. */
export function terraformValue(value: Value): string {
  if (typeof value === 'string') return terraformText(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Reference) return value.to
  if (isList(value)) return `[${value.map(terraformValue).join(', ')}]`
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${name} = ${terraformValue(one)}`)
    .join(', ')} }`
}

function blocksIn(value: Value): readonly { readonly [name: string]: Value }[] | undefined {
  const blocks = (isList(value) ? value : [value]).flatMap((one) =>
    typeof one === 'object' && !isList(one) && !(one instanceof Reference) ? [one] : [],
  )
  if (!isList(value)) return blocks.length > 0 ? blocks : undefined
  return blocks.length > 0 && blocks.length === value.length ? blocks : undefined
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)
