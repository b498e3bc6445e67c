// GET /providers/Microsoft.ServiceLinker/configurationNames: which keys the Secrets of each kind of connection get. It reads nothing.
import type { HttpResponseInit } from '@azure/functions'
import { configurationNamesOf, parseFilter } from '../../linker/configuration-names.ts'
import { badRequest, json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'

export async function configurationNames({ url, services }: Call): Promise<HttpResponseInit> {
  const filter = parseFilter(url.searchParams.get('$filter') ?? '')
  if (!filter)
    throw badRequest(
      'InvalidFilterInQueryString',
      "The $filter cannot be read. Write one or more of these, joined by 'and': TargetService eq 'Microsoft.Storage/storageAccounts/blobServices', AuthType eq 'secret', ClientType eq 'nodejs'.",
    )
  return json(200, configurationNamesOf(services.targets, filter))
}
