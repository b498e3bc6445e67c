// GET /targetTypes: what can be connected, in the form in which `az aks connection list-support-types` prints it. It reads nothing.
import type { HttpResponseInit } from '@azure/functions'
import { json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'

export async function targetTypes({ services }: Call): Promise<HttpResponseInit> {
  return json(
    200,
    services.targets.map(({ type, auth, clients, clientsByAuth }) => ({
      source: 'aks',
      target: type,
      auth_types: auth,
      client_types: [...new Set([...clients, ...auth.flatMap((one) => clientsByAuth?.[one] ?? [])])],
    })),
  )
}
