// What is limited, and how much of it the changes of a preflight take. Pure.
import { authTypeOf } from '../auth/catalogue.ts'
import type { Connection } from '../model/connection.ts'
import type { Budget, PlannedChange } from '../model/preflight-report.ts'
import type { StepName } from '../model/step-name.ts'
import { nameOf } from '../model/words.ts'
import { mostCredentials } from '../steps/identity/federate-identity.ts'
import { resourceOf, targetOf } from '../targets/catalogue.ts'
import type { SimulatedLoops } from './simulated-loops.ts'

export function budgetsOf(changes: readonly PlannedChange[], allowed: readonly Connection[], world: SimulatedLoops): readonly Budget[] {
  const added = (step: StepName, concerned: readonly Connection[]): number =>
    changes.filter((one) => one.step === step && one.change === 'create' && concerned.some(({ name }) => one.connections.includes(name)))
      .length
  const identities = [...Map.groupBy(allowed, ({ identity }) => identity?.id.toLowerCase())].flatMap(([id, members]): readonly Budget[] => {
    const [first] = members
    if (id === undefined || !first?.identity || !authTypeOf(first).serviceAccount) return []
    const used = world.factsOf(first.identity).credentials?.length ?? 0
    const names = members.map(({ name }) => name)
    return [
      {
        connections: names,
        what: `federated credentials of ${nameOf(first.identity)}`,
        used,
        added: added('federate-identity', members),
        limit: mostCredentials,
      },
    ]
  })
  const targets = [...Map.groupBy(allowed, ({ target }) => target.id.toLowerCase())].flatMap(([, members]): readonly Budget[] => {
    const [first] = members
    const type = first && targetOf(first.type)
    const limit = type && 'armType' in type.on ? resourceOf(type.on.armType)?.firewall?.max : undefined
    const { firewallIps, network } = first ? world.factsOf(first.target) : {}
    if (!first || !limit || network !== 'rules' || firewallIps === undefined) return []
    const names = members.map(({ name }) => name)
    const what = `firewall rules of ${nameOf(first.target)}`
    return [{ connections: names, what, used: firewallIps.length, added: added('open-firewall', members), limit }]
  })
  return [...identities, ...targets]
}
