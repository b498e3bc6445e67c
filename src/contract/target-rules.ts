// The firewall rules of a target as the sweep sees them: those that carry the very name which this installation gives, where the service names rules, and all
// of them where it does not.
import { Failure } from '../errors/failure.ts'
import { endpointOf } from '../model/endpoint-target.ts'
import type { Key, Loop } from '../model/loop.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Arm } from '../ports/azure.ts'
import { resourceOf, resources } from '../targets/catalogue.ts'
import type { Rule } from '../targets/firewall/firewall.ts'
import { answersTo } from './answers-to.ts'
import { sendAll } from './arm-requests.ts'
import { resourceText } from './made-on.ts'
import { passingFor } from './passing-rule.ts'

/** `name`: the one that this installation gives. `identity`: the key of the one for whose users the app let itself in. */
export type TargetRule = Rule & {
  readonly identity?: Key
  /** Reads again first. @throws Failure, also where the target would let everyone in without it. */
  remove(): Promise<void>
}
/** `resource`: what the app's memory calls it (made-on.ts); absent where the service does not say when it was created. */
type TargetRules = { readonly resource?: string; readonly rules: readonly TargetRule[] }

/** Types whose services name rules, so that the app's are found without any memory of them. */
export const namingTypes: readonly string[] = resources.filter(({ firewall }) => firewall.nameOf).map(({ armType }) => armType)

/** `undefined`: it has no firewall with rules, or is not there any more. @throws Failure */
export async function rulesOf(
  { id, ...target }: Loop<'target'>,
  installation: string,
  arm: Pick<Arm, 'get' | 'list' | 'put' | 'patch' | 'delete'>,
): Promise<TargetRules | undefined> {
  const resource = endpointOf({ ...target, id }) ? undefined : resourceOf(resourceId(id).type)
  const { firewall } = resource ?? {}
  if (!resource || !firewall || firewall.max === 0) return undefined
  const read = () => answersTo(firewall.observe(id), arm)
  const remove = async (rule: Rule): Promise<void> => {
    const answers = await read()
    const others = firewall.rules(answers).filter(({ ip, name }) => (rule.name === undefined ? ip !== rule.ip : name !== rule.name))
    if (others.length === 0 && firewall.opensWhenEmpty?.(answers))
      throw new Failure({ class: 'manual', code: 'LastRuleStays', about: { target: resourceId(id).name, addresses: rule.ip } })
    await sendAll(firewall.write(id, { add: [], remove: [rule] }, answers), arm)
  }
  const answers = await read()
  const [body] = answers
  // The target itself is gone, and its rules with it.
  if (body === undefined) return undefined
  const { nameOf } = firewall
  const rules = firewall.rules(answers).flatMap((rule) => {
    const { ip, name = '' } = rule
    if (nameOf === undefined || name === nameOf(installation, ip)) return [rule]
    const identity = passingFor(rule, firewall, installation)
    return identity === undefined ? [] : [{ ...rule, identity }]
  })
  // A name says it all.
  const createdAt = nameOf ? undefined : resource.read(body).createdAt
  return {
    rules: rules.map((rule) => ({ ...rule, remove: () => remove(rule) })),
    ...(createdAt === undefined ? {} : { resource: resourceText(id, createdAt) }),
  }
}
