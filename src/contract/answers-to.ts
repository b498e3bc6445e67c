// Sends the reads that a target's firewall names.
import type { Arm } from '../ports/azure.ts'
import type { Answers, GetRequest } from '../targets/firewall/firewall.ts'

/** All answers, in order. `known`: the body of the first, if it has just been read. */
export const answersTo = (requests: readonly GetRequest[], arm: Pick<Arm, 'get' | 'list'>, known?: Answers[number]): Promise<Answers> =>
  Promise.all(
    requests.map(async ({ id, apiVersion, list }, index) => {
      if (index === 0 && known) return known
      return list ? { value: await arm.list(id, apiVersion) } : await arm.get(id, apiVersion)
    }),
  )
