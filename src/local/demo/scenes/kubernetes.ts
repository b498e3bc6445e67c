// Step: what a pod finds in its namespace. Only the names of keys: values are secret.

import { linkerOf } from '../linkers.ts'
import { all, clusterIdOf } from '../places.ts'
import { type DemoSetup, must } from '../setup.ts'

type KubernetesObject = {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
}

export async function kubernetes(setup: DemoSetup): Promise<void> {
  const { demoConsole, ada, fleet } = setup
  demoConsole.heading('What a pod finds in its namespace')
  for (const connection of all) {
    const names = (await linkerOf(setup, connection))?.properties.kubernetesResourceName
    must(names, `there is no connection ${connection.name}`)
    const read = async (kind: string, name: string): Promise<KubernetesObject> => {
      const path = `/api/v1/namespaces/${connection.namespace}/${kind}/${name}`
      const { status, body } = await ada.kubernetes(clusterIdOf(fleet, connection), 'GET', path)
      must(status === 200, `${path} answered ${status}`)
      return body as KubernetesObject
    }
    const keys = Object.keys((await read('secrets', names.secret)).data ?? {})
    must(keys.length > 0, `the Secret ${names.secret} has no keys`)
    demoConsole.say(`${connection.cluster}/${connection.namespace}`)
    demoConsole.output(`Secret ${names.secret}: ${keys.join(', ')}`)
    if (names.serviceAccount === undefined) continue
    const { metadata } = await read('serviceaccounts', names.serviceAccount)
    const clientId = metadata.annotations?.['azure.workload.identity/client-id']
    must(clientId, `the ServiceAccount ${names.serviceAccount} names no identity`)
    demoConsole.output(`ServiceAccount ${names.serviceAccount}, for the identity with the client id ${clientId}`)
  }
}
