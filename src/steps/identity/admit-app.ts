// Lets the app in at servers of databases, while it looks at users there or changes them: a firewall rule for each of the app's own addresses, and for nothing
// else. Only where assign-roles was shut out, and only with CONNECTOR_OWN_ADDRESSES. Each identity has rules of its own, by name, so no other loop needs to know
// when they go (docs/adr/0094-let-in-for-a-round.md).
import { answersTo } from '../../contract/answers-to.ts'
import { sendAll } from '../../contract/arm-requests.ts'
import { passingFor } from '../../contract/passing-rule.ts'
import type { Step } from '../../contract/step.ts'
import { Failure } from '../../errors/failure.ts'
import type { LetIn } from '../../model/admission.ts'
import { loop as loopOf } from '../../model/loop.ts'
import type { Change, DesiredObjects, ObservedState } from '../../model/managed-object.ts'
import { appRuleId, type IpRule } from '../../model/managed-objects.ts'
import type { Operation } from '../../model/outcome.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { nameOf, onlyFor } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { resourceOf } from '../../targets/catalogue.ts'
import type { Answers, Firewall } from '../../targets/firewall/firewall.ts'
import { joined } from '../by-hand/by-hand.ts'
import { byHandFirewall } from '../by-hand/firewall.ts'
import { ruleState } from '../target/rule-state.ts'
import { admittingServers } from './admission.ts'

const firewallOf = (server: string): Firewall | undefined => resourceOf(resourceId(server).type)?.firewall

export const admitApp: Step<'identity', IpRule> = {
  name: 'admit-app',
  loop: 'identity',
  after: ['ensure-identity'],
  reads: [],
  enabled: ({ ownAddresses }) => ownAddresses !== undefined,

  desired: (view): DesiredObjects<IpRule> => ({ objects: shutServers(view).flatMap((server) => rulesAt(server, view)) }),

  async observe(view, { objects, desired }, ports) {
    const servers = [...Map.groupBy(objects, ({ target }) => target.id)]
    const read = await Promise.all(servers.map(async ([id, rules]) => ({ id, rules, answers: await answersAt(id, ports) })))
    const observed = read.flatMap(({ id, rules, answers }) => rules.map((rule) => stateOf(rule, id, answers, desired.includes(rule), view)))
    const useless = read.filter(({ id, answers }) => !hasRules(id, answers)).map(({ id }) => id.toLowerCase())
    const isThere = (id: string): boolean =>
      desired.every((rule) => rule.target.id !== id || observed.some((one) => one.id === rule.id && one.state === 'same'))
    const known = admittingServers(view)
    const shut = shutServers(view)
    // A rule can be there still, and go: it counts from when it is there again.
    const gone = new Set(shut.flatMap(([key, id]) => (useless.includes(key) || isThere(id) ? [] : [key])))
    const before = Object.entries(view.facts.letIn ?? {}).filter(([key]) => known.has(key) && !gone.has(key))
    const now = shut.flatMap(([key, id]): readonly (readonly [string, LetIn])[] => {
      const isUseless = useless.includes(key)
      const last = view.facts.letIn?.[key]
      const isKnown = last !== undefined && last.at >= (view.facts.shutOut?.[key]?.since ?? 0) && last.useless === (isUseless || undefined)
      if (isKnown || !(isUseless || isThere(id))) return []
      return [[key, { at: view.now, ...(isUseless ? { useless: true as const } : {}) }]]
    })
    const letIn = Object.fromEntries([...before, ...now])
    return {
      observed,
      facts: { letIn: Object.keys(letIn).length > 0 ? letIn : undefined },
      later: desired.filter(({ target }) => useless.includes(target.id.toLowerCase())).map(({ id }) => id),
      found: undefined,
    }
  },

  async apply(changes, _found, _view, ports) {
    let started: Operation | undefined
    let refused: unknown
    for (const [id, ofServer] of Map.groupBy(changes, ({ object }) => object.target.id)) {
      // A step follows one operation: the next attempt does the rest. A server that refuses keeps no other closed.
      if (started) break
      try {
        started = await changeRules(id, ofServer, ports)
      } catch (error) {
        refused ??= error
      }
    }
    if (started) return { started }
    if (refused !== undefined) throw refused
    return { done: true }
  },

  byHand: (changes) =>
    joined(
      [...Map.groupBy(changes, ({ object }) => object.target.id)].map(([id, ofServer]) => {
        const firewall = firewallOf(id)
        const ips = ofServer.flatMap(({ action, object }) => (action === 'create' ? [object.ip] : []))
        return firewall && byHandFirewall(id, ofServer, { ips, subnets: [] }, firewall)
      }),
    ),
}

/** Where assign-roles waits for it: key and id. */
function shutServers(view: View<'identity'>): readonly (readonly [string, string])[] {
  const { shutOut = {} } = view.facts
  return [...admittingServers(view)].flatMap(([key, { id }]) =>
    shutOut[key] && shutOut[key].despite === undefined ? [[key, id] as const] : [],
  )
}

function rulesAt([key, id]: readonly [string, string], view: View<'identity'>): readonly IpRule[] {
  const { nameOf: named } = firewallOf(id) ?? {}
  if (!named) return []
  const members = admittingServers(view).get(key)?.members ?? []
  return (view.installation.ownAddresses ?? []).map((ip) => ({
    kind: 'ip-rule',
    id: appRuleId({ id }, ip),
    summary: `firewall rule for the app's own address ${ip} on ${nameOf({ id })}`,
    ip,
    name: named(view.installation.name, ip, view.loop.key),
    target: loopOf('target', id),
    ...onlyFor(members),
  }))
}

async function answersAt(id: string, ports: Ports): Promise<Answers> {
  const firewall = firewallOf(id)
  return firewall ? await answersTo(firewall.observe(id), ports.arm) : []
}

const hasRules = (id: string, answers: Answers): boolean => answers[0] !== undefined && firewallOf(id)?.network(answers).network === 'rules'

/** With which another identity lets the app in does not count: it goes when that one has got through. */
function stateOf(rule: IpRule, id: string, answers: Answers, isDesired: boolean, { loop, installation }: View<'identity'>): ObservedState {
  const firewall = firewallOf(id)
  if (!firewall || answers[0] === undefined) return { id: rule.id, state: 'absent' }
  const there = firewall.rules(answers).filter((other) => [undefined, loop.key].includes(passingFor(other, firewall, installation.name)))
  return ruleState(rule, there, isDesired)
}

async function changeRules(id: string, changes: readonly Change<IpRule>[], ports: Ports): Promise<Operation | undefined> {
  const firewall = firewallOf(id)
  const answers = await answersAt(id, ports)
  if (!firewall || answers[0] === undefined) return undefined
  const ofKind = (isDelete: boolean) => changes.filter(({ action }) => (action === 'delete') === isDelete).map(({ object }) => object)
  // It was closed since it was observed: a rule would come into effect when it is opened again.
  const add = hasRules(id, answers) ? ofKind(false) : []
  const count = firewall.rules(answers).length + add.length
  if (add.length > 0 && count > firewall.max)
    throw new Failure({
      class: 'manual',
      code: 'FirewallFull',
      about: { target: nameOf({ id }), count: String(count), max: String(firewall.max) },
    })
  const { operation, sent } = await sendAll(firewall.write(id, { add, remove: ofKind(true) }, answers), ports.arm)
  if (operation === undefined) return undefined
  const ips = new Set(sent.flatMap(({ adds, removes }) => [...adds, ...removes]))
  const objects = changes.filter(({ object }) => ips.has(object.ip)).map(({ object }) => object.id)
  return { url: operation, startedAt: ports.now(), what: `change the rule for the app in the firewall of ${nameOf({ id })}`, objects }
}
