// kubectl, as far as commands of the app need it: what it asks the API server, and what it prints (checked against kubectl 1.28 and 1.33 in test/real).
// https://kubernetes.io/docs/reference/kubectl/
import type { CloudResponse } from '../http.ts'
import { versionOf } from '../kubernetes/kind.ts'
import { kinds } from '../kubernetes/kinds.ts'
import { jsonPath } from './json-path.ts'
import type { Output, Program } from './program.ts'

export type Ask = (method: string, path: string, body?: string, type?: string) => Promise<CloudResponse>

type Given = { readonly words: readonly string[]; readonly options: Readonly<Record<string, string>> }

/** Options that stand alone; any other takes the next word, or what follows `=`. */
const flags = new Set(['server-side', 'show-managed-fields', 'all-namespaces', 'quiet'])
const short: Readonly<Record<string, string>> = {
  '-n': '--namespace',
  '-o': '--output',
  '-f': '--filename',
  '-A': '--all-namespaces',
  '-q': '--quiet',
}

export const kubectl =
  (ask: Ask, files: ReadonlyMap<string, string>): Program =>
  async (args) => {
    const { words, options } = givenIn(args)
    const [verb, ...rest] = words
    const { raw, filename } = options
    const file = filename === undefined ? undefined : files.get(filename)
    if (filename !== undefined && file === undefined) return failed(`error: the path "${filename}" does not exist`)
    if (verb === 'auth' && rest[0] === 'can-i') return await mayI(ask, rest[1] ?? '', rest[2] ?? '', 'quiet' in options)
    if (verb === 'get' && raw !== undefined) return printed(await ask('GET', raw))
    if (verb === 'delete' && raw !== undefined) return printed(await ask('DELETE', raw, file, 'application/json'))
    if (verb === 'create' && raw !== undefined) return printed(await ask('POST', raw, file, 'application/json'))
    if (verb === 'patch' && rest.length === 2) return await patchOne(ask, rest[0] ?? '', rest[1] ?? '', files, options)
    if (verb === 'get' && rest.length === 2) return await getOne(ask, rest[0] ?? '', rest[1] ?? '', options)
    if (verb === 'apply' && 'server-side' in options && file !== undefined) return await applyOne(ask, file, options)
    return failed(`error: kubectl ${args.join(' ')} is not simulated`)
  }

function givenIn(args: readonly string[]): Given {
  const words: string[] = []
  const options: Record<string, string> = {}
  for (let at = 0; at < args.length; at++) {
    const arg = short[args[at] ?? ''] ?? args[at] ?? ''
    const [, name, value] = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(arg) ?? []
    if (name === undefined) words.push(arg)
    else if (value !== undefined) options[name] = value
    else options[name] = flags.has(name) ? 'true' : (args[++at] ?? '')
  }
  return { words, options }
}

const failed = (err: string): Output => ({ exit: 1, out: '', err: `${err}\n` })

async function mayI(ask: Ask, verb: string, resource: string, isQuiet: boolean): Promise<Output> {
  const review = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: { resourceAttributes: { verb, resource, group: '*' } },
  }
  const answer = await ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', JSON.stringify(review), 'application/json')
  if (answer.status !== 201) return refusedBy(answer)
  const { status } = answer.body as { readonly status: { readonly allowed: boolean } }
  return { exit: status.allowed ? 0 : 1, out: isQuiet ? '' : `${status.allowed ? 'yes' : 'no'}\n`, err: '' }
}

/** It reads the object first, and says `patched (no change)` or nothing of its own where an output is asked for. */
async function patchOne(
  ask: Ask,
  resource: string,
  name: string,
  files: ReadonlyMap<string, string>,
  options: Given['options'],
): Promise<Output> {
  const {
    namespace = 'default',
    output = '',
    type = 'strategic',
    'patch-file': patch,
    'field-manager': manager = 'kubectl-patch',
  } = options
  const kind = kindOf(resource)
  const body = files.get(patch ?? '')
  if (!kind) return failed(`error: the server doesn't have a resource type "${resource}"`)
  if (body === undefined) return failed(`error: unable to read patch file: open ${patch}: no such file or directory`)
  if (type !== 'merge') return failed(`error: a patch of type ${type} is not simulated`)
  const there = await ask('GET', pathOf(kind, namespace, name))
  if (there.status !== 200) return refusedBy(there)
  const path = `${pathOf(kind, namespace, name)}?${new URLSearchParams({ fieldManager: manager })}`
  const answer = await ask('PATCH', path, body, 'application/merge-patch+json')
  return answer.status === 200 ? shown(answer.body, output) : refusedBy(answer)
}

/** By plural, by plural and group, or by kind. */
const kindOf = (word: string): (typeof kinds)[number] | undefined =>
  kinds.find(({ resource, group, kind }) => [resource, `${resource}.${group}`, kind.toLowerCase()].includes(word))

async function getOne(ask: Ask, resource: string, name: string, { namespace = 'default', output = '' }: Given['options']): Promise<Output> {
  const kind = kindOf(resource)
  if (!kind) return failed(`error: the server doesn't have a resource type "${resource}"`)
  const answer = await ask('GET', pathOf(kind, namespace, name))
  if (answer.status === 200) return shown(answer.body, output)
  // kubectl looks why there is nothing.
  const place = answer.status === 404 && kind.namespaced ? await ask('GET', `/api/v1/namespaces/${namespace}`) : undefined
  return refusedBy(place?.status === 404 ? place : answer)
}

async function applyOne(ask: Ask, file: string, options: Given['options']): Promise<Output> {
  const { 'field-manager': manager = 'kubectl', 'force-conflicts': force = 'false', output = '' } = options
  const {
    kind: wanted,
    apiVersion,
    metadata,
  } = JSON.parse(file) as { kind: string; apiVersion: string; metadata: { name: string; namespace?: string } }
  const { name, namespace = 'default' } = metadata
  const kind = kinds.find((each) => each.kind === wanted && versionOf(each) === apiVersion)
  const unknown = `error: resource mapping not found for name: "${name}" namespace: "${namespace}" from "file": no matches for kind "${wanted}" in version "${apiVersion}"\nensure CRDs are installed first`
  if (!kind) return failed(unknown)
  const query = new URLSearchParams({ fieldManager: manager, force, fieldValidation: 'Ignore' })
  const answer = await ask('PATCH', `${pathOf(kind, namespace, name)}?${query}`, file, 'application/apply-patch+yaml')
  if (answer.status === 200 || answer.status === 201) return shown(answer.body, output)
  const { message, reason, details } = statusIn(answer)
  // kubectl maps kinds to paths by discovery, before it sends anything.
  if (reason === 'NotFound' && details?.kind === undefined) return failed(unknown)
  // The only refusals that an apply prints in its own words.
  if (answer.status === 409) return failed(`error: ${message}\nPlease review the fields above--they currently have other managers.`)
  if (answer.status === 422) return failed(`The ${message}`)
  return refusedBy(answer)
}

function pathOf(kind: (typeof kinds)[number], namespace: string, name: string): string {
  const version = versionOf(kind)
  const base = kind.group === undefined ? `/api/${version}` : `/apis/${version}`
  return `${base}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.resource}/${name}`
}

function shown(body: unknown, output: string): Output {
  if (output === 'json') return { exit: 0, out: `${JSON.stringify(body, null, 4)}\n`, err: '' }
  if (output.startsWith('jsonpath=')) return { exit: 0, out: jsonPath(output.slice('jsonpath='.length), body), err: '' }
  return failed(`error: the output '${output}' is not simulated`)
}

const printed = (answer: CloudResponse): Output =>
  answer.status >= 200 && answer.status < 300
    ? { exit: 0, out: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body), err: '' }
    : refusedBy(answer)

type Status = { readonly reason?: string; readonly message?: string; readonly details?: { readonly kind?: string } }
const statusIn = ({ body }: CloudResponse): Status => (typeof body === 'object' && body !== null ? body : {})

function refusedBy(answer: CloudResponse): Output {
  const { reason, message = '' } = statusIn(answer)
  if (answer.status === 0) return failed('Unable to connect to the server: EOF')
  if (answer.status === 401) return failed('error: You must be logged in to the server (Unauthorized)')
  // A body that is no Status: as the client of kubectl words a 404 of anything.
  if (answer.status === 404 && reason === undefined)
    return failed('Error from server (NotFound): the server could not find the requested resource')
  return failed(reason === undefined ? `Error from server: ${message}` : `Error from server (${reason}): ${message}`)
}
