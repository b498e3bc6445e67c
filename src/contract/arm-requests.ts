// Sends the changes that a target's firewall names.

import type { Arm, Written } from '../ports/azure.ts'
import type { ArmRequest } from '../targets/firewall/firewall.ts'

type Writes = Pick<Arm, 'put' | 'patch' | 'delete'>

/**
 * One after the other. It ends with the first that continues as an operation: services refuse a second change meanwhile, and the next attempt makes
 * the rest.
 */
export async function sendAll(
  requests: readonly ArmRequest[],
  arm: Writes,
): Promise<{ readonly operation?: string; readonly sent: readonly ArmRequest[] }> {
  const sent: ArmRequest[] = []
  for (const request of requests) {
    const { operation } = await send(request, arm)
    sent.push(request)
    if (operation !== undefined) return { operation, sent }
  }
  return { sent }
}

function send(request: ArmRequest, arm: Writes): Promise<Written> {
  const { id, apiVersion } = request
  if (request.method === 'DELETE') return arm.delete(id, apiVersion)
  return request.method === 'PUT' ? arm.put(id, apiVersion, request.body) : arm.patch(id, apiVersion, request.body)
}
