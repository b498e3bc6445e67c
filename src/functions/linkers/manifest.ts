// GET …/linkers/<name>/manifest: a Deployment or Job that uses the connection, to apply as it is or to copy from. It reads facts and nothing else.
import type { HttpResponseInit } from '@azure/functions'
import { authTypeOf } from '../../auth/catalogue.ts'
import { isConnectionName } from '../../declare/connection-fields.ts'
import { type Used, workloadKinds, workloadOf } from '../../linker/workload.ts'
import { badRequest, json, Refusal } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { type Known, reader } from './known.ts'
import { kubernetesResourcesOf } from './kubernetes-resources.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'

const placeholder = 'registry.example.com/app:1.0'
const longestImage = 512

export async function getManifest({ services, url }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const kindText = url.searchParams.get('kind') ?? 'Deployment'
  const kind = workloadKinds.find((one) => one.toLowerCase() === kindText.toLowerCase())
  if (!kind) throw badRequest('InvalidQuery', `kind must be one of: ${workloadKinds.join(', ')}.`)
  const image = url.searchParams.get('image') ?? placeholder
  if (!/^[\w][\w.:@/-]*$/.test(image) || image.length > longestImage)
    throw badRequest('InvalidQuery', `image must be the name of a container image, such as ${placeholder}.`)
  const known = isConnectionName(name) ? await reader(services.store, services.steps)(linkerLoop(cluster, name).key) : undefined
  if (!known) throw noSuchLinker(cluster, name)
  return json(200, workloadOf(kind, known.self, usedBy(known), image))
}

/** @throws Refusal while the name of the ServiceAccount is not known. */
function usedBy(known: Known): Used {
  const objects = kubernetesResourcesOf(known)
  const nameOf = (kind: string): string | undefined => objects.find((one) => one.kind === kind)?.name
  const serviceAccount = nameOf('ServiceAccount')
  if (serviceAccount === undefined && authTypeOf(known.self).serviceAccount) {
    const message = `The ServiceAccount of ${known.self.name} is named by the client id of its identity, which does not exist yet. Ask again when the connection is Succeeded.`
    throw new Refusal(409, { code: 'NotReady', message }, { 'retry-after': '30' })
  }
  const [secret, secretProviderClass] = [nameOf('Secret'), nameOf('SecretProviderClass')]
  return {
    ...(secret === undefined ? {} : { secret }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...(secretProviderClass === undefined ? {} : { secretProviderClass }),
  }
}
