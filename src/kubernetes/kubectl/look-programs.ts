// What a look at a cluster takes of its lists, as programs of jq, which AKS has beside kubectl (docs/azure-behaviour.md#run-command). Lists are cut down in the pod, because
// Azure keeps no more than 512 kB of what a command prints, and keeps that: of Secrets nothing but metadata comes out, of other objects nothing but names.
//
// Surprising: a pipe hides that kubectl failed. So each program ends with a line that says which list it read and how many lines it made of it, which it can only say after a
// whole list: without that line, or with fewer lines before it, nothing was listed.
import { kubernetesLabels, statusPublisher } from '../../model/names.ts'
import { readAnnotations } from '../listed-object.ts'
import { builtInUsers, customUsers, type UsingKind } from '../using-kinds.ts'

const text = (value: string): string => JSON.stringify(value)
const oneOf = (values: readonly string[], variable: string): string => `any(${values.map(text).join(', ')}; . == ${variable})`
/** `found`: a filter. */
const ended = (found: string): string => `. as $list | [${found}] | .[], {kind: $list.kind, apiVersion: $list.apiVersion, count: length}`

/** Names of what is made for connections, here and by Azure Service Connector, begin so. What has another name is never deleted. */
export const stem = 'sc-'

/** Metadata of each object that is named or labelled as the app and Azure Service Connector do, and the end. */
export const objectsProgram = (installation: string): string => {
  const kept = [...[...readAnnotations].map((key) => `.key == ${text(key)}`), `(.key | startswith(${text(statusPublisher.annotation)}))`]
  const annotations = `annotations: (.annotations // {} | with_entries(select(${kept.join(' or ')})))`
  const metadata = `{metadata: (.metadata | {name, namespace, uid, resourceVersion, deletionTimestamp, labels, ownerReferences, managedFields, ${annotations}})}`
  const isOurs = `(.metadata.name | startswith(${text(stem)})) or .metadata.labels[${text(kubernetesLabels.installation)}] == ${text(installation)}`
  return ended(`.items[] | ${metadata} | select(${isOurs})`)
}

/** Fields that name an object (references.ts), and what tells which object of that name. */
const naming = ['name', 'secretName', 'secretProviderClass', 'serviceAccountName', 'serviceAccount']
const beside = ['kind', 'namespace', 'secretNamespace']
/** Whole texts that are such a name, with a namespace or without. */
const isName = `test("^([a-z0-9.-]{1,63}/)?${stem}[a-z0-9.-]{1,250}$")`
const read = '{annotations: .metadata.annotations, spec, auth, secrets, imagePullSecrets, subjects}'
const rows: readonly UsingKind[] = [...builtInUsers, ...customUsers]

/** `leaves`: path and text of each field that may refer to an object of a connection; only of objects that have one. And the end. */
export const usersProgram = ((): string => {
  const anyText = rows.flatMap(({ kind, texts }) => (texts ? [`${kind}List`] : []))
  const names = `((${oneOf(naming, '$key')}) or (${oneOf(anyText, '$list.kind')})) and (.[1] | ${isName})`
  const leaf = `.[0][-1] as $key | select((${oneOf(beside, '$key')}) or (${names}))`
  const leaves = `[${read} | tostream | select(length == 2) | select(.[1] | type == "string") | ${leaf}]`
  const status = 'phase: .status.phase, conditions: [.status.conditions[]? | {type, status}]'
  const object = `{name: .metadata.name, namespace: .metadata.namespace, ${status}, leaves: ${leaves}}`
  return ended(`.items[] | ${object} | select(any(.leaves[]; .[1] | ${isName}))`)
})()

const groups = [...new Set(rows.flatMap(({ group }) => (group === '' ? [] : [group])))]
const someGroups = `.groups[] | select(.name as $name | ${oneOf(groups, '$name')})`

/** Which groups the API server has, those of users with their versions, and the end. */
export const groupsProgram = `{kind, names: [.groups[].name], groups: [${someGroups} | {name, versions: [.versions[].groupVersion]}], count: (.groups | length)}`
/** Paths of the lists of their resources. */
export const groupPaths = `${someGroups} | .versions[] | "/apis/" + .groupVersion`
/** Of such a list. */
export const resourcesProgram = '{groupVersion, names: [.resources[].name]}'
/** Of all that came of that: the path of each kind of users, in the first version of its group that has it. */
export const listPaths = ((): string => {
  const wanted = rows.flatMap(({ group, plural }) => (group === '' ? [] : [`${plural}.${group}`]))
  const one = '{name: (. + "." + ($version | split("/") | .[0])), path: ("/apis/" + $version + "/" + .)}'
  return `[.[] | .groupVersion as $version | .names[] | ${one} | select(.name as $name | ${oneOf(wanted, '$name')})] | unique_by(.name) | .[] | .path`
})()
