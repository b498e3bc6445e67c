// Firewall rules of a target that have the very name which this installation gives, as far as its service names rules. What is left over is found by it.
import { Failure } from '../errors/failure.ts'
import { endpointOf } from '../model/endpoint-target.ts'
import type { Loop } from '../model/loop.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Arm } from '../ports/azure.ts'
import { resourceOf } from '../targets/catalogue.ts'
import { answersTo } from './answers-to.ts'

export type OwnRule = {
  readonly ip: string
  readonly name: string
  /** Reads again first. @throws Failure, also where the target would let everyone in without it. */
  remove(): Promise<void>
}

/** @throws Failure */
export async function ownRules(
  target: Loop<'target'>,
  installation: string,
  arm: Pick<Arm, 'get' | 'list' | 'delete'>,
): Promise<readonly OwnRule[]> {
  const firewall = endpointOf(target) ? undefined : resourceOf(resourceId(target.id).type)?.firewall
  const { nameOf } = firewall ?? {}
  if (!firewall || !nameOf) return []
  const read = () => answersTo(firewall.observe(target.id), arm)
  const remove = async (ip: string, name: string): Promise<void> => {
    const answers = await read()
    const others = firewall.rules(answers).filter((rule) => rule.name !== name)
    if (others.length === 0 && firewall.opensWhenEmpty?.(answers))
      throw new Failure({ class: 'manual', code: 'LastRuleStays', about: { target: resourceId(target.id).name, addresses: ip } })
    for (const { id, apiVersion } of firewall.write(target.id, { add: [], remove: [{ ip, name }] }, answers))
      await arm.delete(id, apiVersion)
  }
  const answers = await read()
  // The target itself is gone, and its rules with it.
  if (answers[0] === undefined) return []
  return firewall
    .rules(answers)
    .flatMap(({ ip, name }) => (name === nameOf(installation, ip) ? [{ ip, name, remove: () => remove(ip, name) }] : []))
}
