// GET …/linkers/<name>/export?format=…: the objects of a connection as code, and GET …/local-env: its environment for a developer's machine. Both read what the
// app knows, and contain no secret.
import type { HttpResponseInit } from '@azure/functions'
import { isConnectionName } from '../../declare/connection-fields.ts'
import { mayDevelop } from '../../declare/consent.ts'
import { azapiOf, isInAzapi } from '../../export/azapi.ts'
import { type MadeByStep, objectsOf } from '../../export/connection-objects.ts'
import { type Manifest, manifestsOf } from '../../export/manifests.ts'
import type { Connection } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import type { Loop } from '../../model/loop.ts'
import type { ManagedObject } from '../../model/managed-object.ts'
import type { GrantObject } from '../../model/managed-objects.ts'
import { identityMarks } from '../../model/names.ts'
import { sanitize } from '../../model/validation-issue.ts'
import type { View } from '../../model/view.ts'
import { annotationsOf as secretAnnotations } from '../../steps/connection/write-resources.ts'
import { audience } from '../../steps/identity/federate-identity.ts'
import { annotationsOf as accountAnnotations } from '../../steps/identity/write-service-accounts.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { shownValuesOf } from '../../targets/secret-values.ts'
import { badRequest, json, Refusal, refusedBy } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'

const formats = ['bicep', 'terraform', 'azapi', 'kubernetes', 'cli'] as const
type Format = (typeof formats)[number]

type File = { readonly name: string; readonly text: string }
type Whole = { readonly self: Connection; readonly views: readonly View[]; readonly made: readonly MadeByStep[] }

export async function exportLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const text = call.url.searchParams.get('format') ?? ''
  const format = formats.find((one) => one === text.toLowerCase())
  if (!format) throw badRequest('InvalidQuery', `The format '${sanitize(text)}' is not known. Write format=${formats.join(', format=')}.`)
  const whole = await read(call, cluster, name)
  const files = filesOf(format, whole, call)
  return json(200, { format, files, notes: notesOf(format, whole, files) })
}

/** @throws Refusal */
async function read({ services: { store } }: Call, cluster: string, name: string): Promise<Whole> {
  const connection = linkerLoop(cluster, name)
  const own = isConnectionName(name) ? await store.read(connection, ['cluster', 'target', 'identity']) : undefined
  const self = own?.row.removing ? undefined : own?.view.self
  if (!own || !self) throw noSuchLinker(cluster, name)
  const loops: readonly Loop[] = [self.cluster, ...(self.identity ? [self.identity] : []), self.target]
  const others = await Promise.all(loops.map((loop) => store.read(loop, ['cluster', 'target', 'identity'])))
  const views = [...others.flatMap((one) => (one ? [one.view] : [])), own.view]
  return { self, views, made: objectsOf(self, views) }
}

const endings: Readonly<Record<Format, string>> = { bicep: 'bicep', terraform: 'tf', azapi: 'tf', kubernetes: 'yaml', cli: 'sh' }

/** A file of Bicep is deployed to one group, which its first line names. */
function filesOf(format: Format, whole: Whole, call: Call): readonly File[] {
  const files = (texts: readonly (readonly [string, string | undefined])[]): readonly File[] =>
    texts.flatMap(([name, text]) => (text ? [{ name: `${name}.${endings[format]}`, text: `${text}\n` }] : []))
  if (format === 'kubernetes') return files([['objects', manifestsOf(manifests(whole, call), call.services.installation.name)]])
  if (format === 'azapi') return files([['main', azapi(whole, call)]])
  return files(whole.made.map(({ step, commands }) => [step, commands[format]]))
}

function azapi({ self, made }: Whole, { services: { installation } }: Call): string {
  const objects = made.flatMap((one) => one.objects)
  if (!self.identity) return ''
  const owner = { installation: installation.name, loop: self.identity.key, marks: identityMarks(installation.name, self.identity.key) }
  return azapiOf(objects, self.identity.id, audience, owner)
}

function manifests({ self, views, made }: Whole, { services: { installation } }: Call): readonly Manifest[] {
  const identity = views.find((view): view is View<'identity'> => view.loop.kind === 'identity')
  const own = views.find(({ loop: { kind } }) => kind === 'connection')
  return made.filter(isManifest).flatMap(({ objects }) =>
    objects.flatMap((object): Manifest | [] => {
      const { kind, namespace, name, owner } = object as ManagedObject & Pick<Manifest, 'namespace' | 'name' | 'owner'>
      if (kind === 'ServiceAccount' && identity) return { kind, namespace, name, owner, annotations: accountAnnotations(identity) }
      if (kind !== 'Secret' || !own) return []
      return {
        kind,
        namespace,
        name,
        owner,
        annotations: secretAnnotations(kind, self, own),
        values: valuesOf(self, views, installation.tenant),
      }
    }),
  )
}

/** What the other steps write has another form. */
const isManifest = ({ step, objects }: MadeByStep): boolean =>
  ['write-service-accounts', 'write-resources'].includes(step) &&
  objects.every(({ kind }) => kind === 'ServiceAccount' || kind === 'Secret')

function valuesOf(self: Connection, views: readonly View[], tenant: string): Readonly<Record<string, string>> {
  const type = targetOf(self.type)
  const target = views.find((view): view is View<'target'> => view.loop.kind === 'target')
  const identity = views.find((view): view is View<'identity'> => view.loop.kind === 'identity')
  const service = target && serviceIn(target.facts, self.type)
  const known = {
    tenant,
    ...(service ? { service } : {}),
    ...(identity?.facts.clientId ? { identity: identity.facts as IdentityFacts } : {}),
  }
  return type ? shownValuesOf(type, self, known) : {}
}

/** What the files leave out, and why they are not complete yet. */
function notesOf(format: Format, { made }: Whole, files: readonly File[]): readonly string[] {
  const inCluster = (object: ManagedObject): boolean => 'owner' in object && 'namespace' in object
  const missing = made.filter((one) => {
    const { objects, commands } = one
    if (objects.length === 0) return false
    if (format === 'kubernetes') return objects.some(inCluster) && !isManifest(one)
    if (format === 'azapi') return objects.some((object) => !inCluster(object) && !isInAzapi(object))
    return !inCluster(objects[0] as ManagedObject) && commands[format] === undefined
  })
  return [
    ...made.flatMap(({ step, waits }) => waits.map((text) => `${step}: ${text}.`)),
    ...missing.map(({ objects }) => `Not in ${format}: ${objects.map(({ summary }) => summary).join(', ')}. format=cli has a line for it.`),
    ...(files.length === 0 ? ['There is nothing to export yet.'] : []),
    ...(format === 'bicep' || format === 'terraform' || format === 'azapi' ? ['ServiceAccount and Secret are in format=kubernetes.'] : []),
  ]
}

const secretless = 'workload-identity'

/** For DefaultAzureCredential on a developer's machine: the values that are no secret, without those that name the pods' identity. */
export async function localEnvironment(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { services, url } = call
  const whole = await read(call, cluster, name)
  const { self, views, made } = whole
  if (self.auth !== secretless)
    throw new Refusal(409, {
      code: 'NotSecretless',
      message: `The connection ${self.name} has auth ${self.auth}, whose Secret is not for a developer's machine. Connect with auth ${secretless}, or read the Secret with your own rights in the cluster.`,
    })
  const values = valuesOf(self, views, services.installation.tenant)
  const identity = views.find((view): view is View<'identity'> => view.loop.kind === 'identity')
  const ofPods = new Set([identity?.facts.clientId, services.installation.tenant, identity?.facts.tenant])
  const variables = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && !ofPods.has(value)))
  const principal = url.searchParams.get('principal')
  if (principal === null) return json(200, { variables, credential: 'DefaultAzureCredential' })
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(principal))
    throw badRequest('InvalidQuery', 'principal is the object id of a person: az ad signed-in-user show --query id.')
  const policies = await services.store.policies()
  if (!mayDevelop(self, policies, principal)) throw refusedBy(403, { code: 'DeveloperNotAllowed', about: { name: self.name, principal } })
  const grants = made.flatMap(({ objects }) => objects.filter((object): object is GrantObject => object.kind === 'role-assignment'))
  return json(200, {
    variables,
    credential: 'DefaultAzureCredential',
    roles: grants.flatMap(({ grant, scope, roleId }) =>
      grant === undefined
        ? [`az role assignment create --assignee-object-id ${principal} --assignee-principal-type User --role ${roleId} --scope '${scope}'`]
        : [],
    ),
  })
}
