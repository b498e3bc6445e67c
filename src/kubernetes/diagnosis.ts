// What a person would inspect in the cluster when a connection does not work: its namespace and objects, and what the Service Connector extension
// left in `sc-system`. Only metadata of Secrets; log lines are redacted. A forbidden read names the missing right.

import { problemOf } from '../errors/catalogue.ts'
import { redact } from '../errors/redact.ts'
import type { DiagnosticCheck } from '../model/diagnostic-check.ts'
import { releaseNamespace } from '../model/extension.ts'
import type { ManagedKind } from '../model/kubernetes-kind.ts'
import type { Key, Loop } from '../model/loop.ts'
import { knownPhrases, notRepeated } from '../model/phrases.ts'
import { isUnserved } from './custom.ts'
import { kubernetesFailure } from './failures.ts'
import { metadataList } from './headers.ts'
import { markOf } from './manifest.ts'
import { type ObjectApis, operationsOf } from './operations.ts'
import type { BatchV1Api, CoreV1Api, V1Job, V1Pod } from './sdk.ts'
import { namespaceMissing, objectMissing } from './status.ts'

export type Subject = {
  readonly cluster: Loop<'cluster'>
  readonly namespace: string
  readonly installation: string
  readonly objects: readonly { readonly kind: ManagedKind; readonly name: string; readonly owner: Key }[]
  /** Also what belongs to the extension. */
  readonly extension: boolean
}
type Apis = ObjectApis & { readonly batch: BatchV1Api }
type CheckResult = Omit<DiagnosticCheck, 'about'>

const lastLines = 20

export async function checksIn(apis: Apis, subject: Subject): Promise<readonly DiagnosticCheck[]> {
  const { cluster, namespace, objects, extension } = subject
  const check = async (about: string, where: string, read: () => Promise<CheckResult>): Promise<DiagnosticCheck> => {
    try {
      return { about, ...(await read()) }
    } catch (error) {
      const problem = problemOf(kubernetesFailure(error, { cluster, namespace: where, object: about, doing: `read ${about}` }).fields)
      return { about, state: 'unknown', text: 'It could not be read.', problem }
    }
  }
  return await Promise.all([
    check(`namespace ${namespace}`, namespace, () => namespaceIn(apis.core, namespace, 'Nothing can be written before it is created.')),
    ...objects.map(({ kind, name, owner }) => check(`${kind} ${name}`, namespace, () => objectIn(apis, subject, kind, name, owner))),
    ...(extension
      ? [
          check(`namespace ${releaseNamespace}`, releaseNamespace, () =>
            namespaceIn(apis.core, releaseNamespace, 'The extension is not installed.'),
          ),
          check('Helm release sc-extension', releaseNamespace, () => releaseIn(apis.core)),
          check('job sc-job', releaseNamespace, () => jobIn(apis)),
          check('pods of sc-job', releaseNamespace, () => podsIn(apis.core, namespace)),
        ]
      : []),
  ])
}

async function namespaceIn(core: CoreV1Api, name: string, otherwise: string): Promise<CheckResult> {
  try {
    const { status } = await core.readNamespace({ name })
    return { state: status?.phase === 'Terminating' ? 'unwell' : 'well', text: `It is ${status?.phase ?? 'there'}.` }
  } catch (error) {
    if (namespaceMissing(error)) return { state: 'absent', text: `It does not exist. ${otherwise}` }
    throw error
  }
}

async function objectIn(
  apis: Apis,
  { installation, namespace }: Subject,
  kind: ManagedKind,
  name: string,
  owner: Key,
): Promise<CheckResult> {
  try {
    const place = { name, namespace }
    const { metadata } = await operationsOf(apis)[kind].read(place, false)
    const mark = markOf(metadata, installation, owner)
    const ownerText = {
      ours: 'It carries the mark of this installation.',
      offered: 'Its owner offers it to this installation.',
      none: 'It carries no mark.',
      foreign: 'It does not carry the mark of this installation.',
    }[mark]
    return { state: 'well', text: `It exists since ${metadata?.creationTimestamp?.toISOString() ?? 'an unknown time'}. ${ownerText}` }
  } catch (error) {
    if (objectMissing(error) || namespaceMissing(error)) return { state: 'absent', text: 'It does not exist.' }
    if (await isUnserved(error, kind, apis.apis)) return { state: 'absent', text: `The API server does not know ${kind}.` }
    throw error
  }
}

/** Helm keeps each revision of a release as a Secret, with its state in labels: https://helm.sh/docs/topics/advanced/#storage-backends */
async function releaseIn(core: CoreV1Api): Promise<CheckResult> {
  const answer = await core.listNamespacedSecret(
    { namespace: releaseNamespace, labelSelector: 'owner=helm,name=sc-extension' },
    metadataList(),
  )
  const revisions = (answer.items ?? [])
    .map(({ metadata }) => metadata?.labels ?? {})
    .sort((a, b) => Number(b['version']) - Number(a['version']))
  const [latest] = revisions
  if (!latest)
    return {
      state: 'absent',
      text: 'Helm knows of no release: the chart could not be downloaded or rendered, or the extension is not installed.',
    }
  return { state: latest['status'] === 'deployed' ? 'well' : 'unwell', text: `Revision ${latest['version']} is ${latest['status']}.` }
}

async function jobIn({ batch }: Apis): Promise<CheckResult> {
  const { items } = await batch.listNamespacedJob({ namespace: releaseNamespace, fieldSelector: 'metadata.name=sc-job' })
  const [job] = items
  if (!job) return { state: 'absent', text: 'There is none. It is deleted when it has succeeded, and not made where Helm fails before.' }
  return {
    state: hasFailed(job) ? 'unwell' : 'well',
    text: `${job.status?.active ?? 0} active, ${job.status?.failed ?? 0} failed.`,
    lines: conditionsOf(job),
  }
}

const hasFailed = (job: V1Job): boolean => (job.status?.conditions ?? []).some(({ type, status }) => type === 'Failed' && status === 'True')
const conditionsOf = (job: V1Job): readonly string[] =>
  (job.status?.conditions ?? []).map(({ type, status, reason, message }) =>
    redact([`${type} ${status}`, reason, message].filter(Boolean).join(' · ')),
  )

/** Only known phrases of its log: the job was given the Secret. */
async function podsIn(core: CoreV1Api, namespace: string): Promise<CheckResult> {
  const { items } = await core.listNamespacedPod({ namespace: releaseNamespace, labelSelector: 'job-name=sc-job' })
  const [pod] = items
  const name = pod?.metadata?.name
  if (!pod || name === undefined) return { state: 'absent', text: 'There is none.' }
  const isWaiting = waitingIn(pod)
  const text = `${name} is ${pod.status?.phase ?? 'in an unknown phase'}.`
  // A container that waits has written nothing.
  if (isWaiting.length > 0) return { state: 'unwell', text, lines: isWaiting }
  const log = await core.readNamespacedPodLog({ name, namespace: releaseNamespace, tailLines: lastLines })
  const lines = (log ?? '').split('\n').filter((line) => line !== '')
  return {
    state: pod.status?.phase === 'Failed' ? 'unwell' : 'well',
    text,
    lines: lines.slice(-lastLines).map((line) => knownPhrases(line, [namespace]).join('; ') || notRepeated),
  }
}

const waitingIn = (pod: V1Pod): readonly string[] =>
  (pod.status?.containerStatuses ?? []).flatMap(({ name, state }) => {
    const { reason, message } = state?.waiting ?? {}
    return reason ? [redact([name, reason, message].filter(Boolean).join(' · '))] : []
  })
