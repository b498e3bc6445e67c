// Sends the requests that a target's firewall names.

import type { Arm, Written } from '../../ports/ports.ts'
import type { Answers, ArmRequest, GetRequest } from '../../targets/firewall/firewall.ts'

/** All answers, in order. `known`: the body of the first, if it has just been read. */
export const answersTo = (requests: readonly GetRequest[], arm: Arm, known?: Answers[number]): Promise<Answers> =>
  Promise.all(
    requests.map(async ({ id, apiVersion, list }, index) => {
      if (index === 0 && known) return known
      return list ? { value: await arm.list(id, apiVersion) } : await arm.get(id, apiVersion)
    }),
  )

/**
 * One after the other. It ends with the first that continues as an operation: services refuse a second change meanwhile, and the next attempt makes
 * the rest.
 */
export async function sendAll(
  requests: readonly ArmRequest[],
  arm: Arm,
): Promise<{ readonly operation?: string; readonly sent: readonly ArmRequest[] }> {
  const sent: ArmRequest[] = []
  for (const request of requests) {
    const { operation } = await send(request, arm)
    sent.push(request)
    if (operation !== undefined) return { operation, sent }
  }
  return { sent }
}

function send(request: ArmRequest, arm: Arm): Promise<Written> {
  const { id, apiVersion } = request
  if (request.method === 'DELETE') return arm.delete(id, apiVersion)
  return request.method === 'PUT' ? arm.put(id, apiVersion, request.body) : arm.patch(id, apiVersion, request.body)
}
