// Tries whether a pod that starts now can connect, as that pod would: a token of its ServiceAccount, exchanged at Entra for one of the identity, and
// one harmless read at the target. Only if the installation asks for it, because it needs a right that amounts to being any workload of the
// namespace. Once proven, it is not tried again before credential, roles or target change. Only workload identity has something to prove: keys and
// client secrets work at once. docs/adr/0015-conditions-are-read.md says what else is reported while changes spread.
import { createHash } from 'node:crypto'
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Observation, Step } from '../../contract/step.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import { spreadMs } from '../../model/conditions.ts'
import type { Connection } from '../../model/connection.ts'
import { serviceIn } from '../../model/facts.ts'
import { isBound } from '../../model/federation.ts'
import { grantFactOf } from '../../model/grant-fact.ts'
import { serviceAccountName } from '../../model/names.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { reach } from '../cluster/in-cluster.ts'
import { transportTypeFor } from '../cluster/transport-for.ts'
import { readiness } from './readiness.ts'

const audience = 'api://AzureADTokenExchange'
/**
 * A credential, or the identity itself, that is not known everywhere yet.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations#errors
 */
const spreading = new Set(['70021', '700016', '700211', '700212', '700213'])

type Verdict =
  | { readonly is: 'proven'; readonly what: 'credential' | 'access' }
  | { readonly is: 'refused'; readonly what: keyof typeof spreadMs; readonly message: string }
  /** It cannot be tried: permanently (`final`), or perhaps in a moment. */
  | { readonly is: 'untried'; readonly message: string; readonly final?: true }

/** Everything that a proof covers. `undefined`: there is nothing to prove, or not yet. */
type Subject = { readonly self: Connection; readonly of: string; readonly tenant: string; readonly clientId: string; readonly uid: string }

export const proveAccess: Step<'connection'> = {
  name: 'prove-access',
  loop: 'connection',
  after: ['write-resources'],
  reads: ['cluster', 'target', 'identity'],
  enabled: (installation) => installation.proveAccess === true,
  inputs: (view) => subjectOf(view)?.of,
  desired: () => ({ objects: [] }),

  async observe(view, _what, ports) {
    const subject = subjectOf(view)
    if (!subject || view.facts.proven?.of === subject.of) return { observed: [], found: undefined }
    const since = view.facts.proving?.of === subject.of ? view.facts.proving.since : view.now
    const verdict = await tried(subject, view, ports)
    return resultOf(verdict, subject, since, view)
  },
}

function subjectOf(view: View<'connection'>): Subject | undefined {
  const { self, facts } = view
  if (!self?.identity || view.removing || facts.consent !== 'granted' || facts.secretName === undefined) return undefined
  // A binding is used through a proxy within the cluster only.
  if (isBound(self)) return undefined
  if (!authTypeOf(self).serviceAccount || !transportTypeFor(self, view).can.tokens || readiness(self, view).needs.length > 0)
    return undefined
  const { uid, issuer } = view.of(self.cluster)
  const { clientId, tenant } = view.of(self.identity)
  const target = view.of(self.target)
  const { createdAt, network } = target
  if (uid === undefined || clientId === undefined || tenant === undefined) return undefined
  const parts = [
    uid,
    issuer,
    self.namespace,
    clientId,
    tenant,
    self.target.id,
    serviceIn(target, self.type)?.endpoint,
    createdAt,
    network,
    [...self.roles].sort(),
  ]
  const of = createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
  return { self, of, tenant, clientId, uid }
}

async function tried({ self, tenant, clientId, uid }: Subject, view: View<'connection'>, ports: Ports): Promise<Verdict> {
  try {
    const way = await reach(view, self.cluster, uid, ports)
    if (way === 'gone') return { is: 'untried', message: 'the cluster is gone' }
    if (!('observe' in way)) return { is: 'untried', message: way.text }
    const assertion = await way.token?.(self.namespace, serviceAccountName(clientId), audience)
    if (!assertion) return { is: 'untried', message: 'this transport gives no token', final: true }
    const probe = targetOf(self.type)?.probe
    const signedIn = await ports.probe.signIn({ tenant, clientId, assertion, ...(probe ? { scope: probe.scope } : {}) })
    if (!('token' in signedIn)) {
      if (spreading.has(signedIn.error)) return { is: 'refused', what: 'federate-identity', message: signedIn.text }
      return { is: 'untried', message: `Microsoft Entra ID answers ${signedIn.text}` }
    }
    const service = serviceIn(view.of(self.target), self.type)
    if (!probe || service === undefined || !probe.roles.some((role) => isPlain(role, self, view)))
      return { is: 'proven', what: 'credential' }
    const answer = await ports.probe.read(signedIn.token, probe.request(service)).catch(noWay)
    if (answer === 'read') return { is: 'proven', what: 'access' }
    return answer !== 'no way' && probe.isRoleMissing(answer)
      ? { is: 'refused', what: 'assign-roles', message: answer.text }
      : { is: 'proven', what: 'credential' }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const message = problemOf(error.fields).text
    return error.fields.class === 'permission' ? { is: 'untried', message, final: true } : { is: 'untried', message }
  }
}

/** The app runs elsewhere than the pods: that it cannot reach the target says nothing about them. */
function noWay(error: unknown): 'no way' {
  if (error instanceof Failure) return 'no way'
  throw error
}

/** A role with a condition may deny this read and still let the workload do its work. */
function isPlain(role: string, self: Connection, view: View<'connection'>): boolean {
  if (!self.roles.includes(role) || !self.identity) return false
  return view.of(self.identity).limits?.[grantFactOf(role, self)]?.condition === undefined
}

function resultOf(
  verdict: Verdict,
  { self, of, clientId }: Subject,
  since: number,
  view: View<'connection'>,
): Observation<'connection', undefined> {
  const nothing = { observed: [], found: undefined } as const
  const { now, loop } = view
  if (verdict.is === 'proven') return { ...nothing, facts: { proven: { of, at: now, what: verdict.what }, proving: undefined } }
  const bound = spreadMs[verdict.is === 'refused' ? verdict.what : 'assign-roles']
  const object = `ServiceAccount ${serviceAccountName(clientId)} in namespace ${self.namespace}`
  const about = { object, target: nameOf(self.target), message: verdict.message, minutes: String(bound / minute) }
  const facts = { proven: undefined, proving: { of, since } }
  const isOver = now >= since + bound
  if (verdict.is === 'untried' && (verdict.final || isOver)) return { ...nothing, facts, faults: [{ code: 'AccessUnproven', about }] }
  if (isOver) return { ...nothing, facts, faults: [{ code: 'AccessRefused', about }] }
  const text = `waiting until ${object} can connect to ${about.target}: ${waitsFor(verdict)}`
  return { ...nothing, facts, waiting: [{ of: [loop], text, nextRunAt: now + minute / 3 }], nextRunAt: since + bound }
}

const waitsFor = (verdict: Exclude<Verdict, { is: 'proven' }>): string =>
  verdict.is === 'untried'
    ? verdict.message
    : `its ${verdict.what === 'assign-roles' ? 'role' : 'credential'} is not known everywhere yet (${verdict.message})`
