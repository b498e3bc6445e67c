// Custom resources at a real API server, which gets to know the kind as the add-on of AKS makes it known: by a CustomResourceDefinition.
import { afterAll, describe } from 'vitest'
import { type ClusterClient, clusterClient } from '../../src/kubernetes/client.ts'
import { customBehaviours } from '../kubernetes/custom-behaviours.ts'
import { credentialOf } from '../kubernetes/reached.ts'
import { server, target, tokens } from './target.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const name = 'secretproviderclasses.secrets-store.csi.x-k8s.io'
const texts = { type: 'object', additionalProperties: { type: 'string' } }
/** As much of the driver's own definition as it takes. https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass */
const spec = {
  type: 'object',
  properties: {
    provider: { type: 'string' },
    parameters: texts,
    secretObjects: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          secretName: { type: 'string' },
          type: { type: 'string' },
          data: {
            type: 'array',
            items: { type: 'object', properties: { key: { type: 'string' }, objectName: { type: 'string' } } },
          },
        },
      },
    },
  },
}
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
  spec: {
    group: 'secrets-store.csi.x-k8s.io',
    names: {
      kind: 'SecretProviderClass',
      listKind: 'SecretProviderClassList',
      plural: 'secretproviderclasses',
      singular: 'secretproviderclass',
    },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }],
  },
}

async function serve(): Promise<void> {
  const made = await target.ask('POST', definitions, { body: definition })
  if (made.status !== 201) throw new Error(`The definition was refused: ${made.text}`)
  for (let tries = 0; tries < 100; tries++) {
    if ((await target.ask('GET', '/apis/secrets-store.csi.x-k8s.io/v1/secretproviderclasses')).status === 200) return
    await new Promise((later) => setTimeout(later, 100))
  }
  throw new Error('The API server did not get to know the kind')
}

describe('custom resources, at a real API server', () => {
  const clients: ClusterClient[] = []
  afterAll(async () => {
    await target.ask('DELETE', `${definitions}/${name}`)
    await Promise.all(clients.map((each) => each.close()))
  })
  const client = (as: 'admin' | 'app'): ClusterClient => {
    const made = clusterClient({ server, credential: credentialOf(tokens[as]) })
    clients.push(made)
    return made
  }
  customBehaviours(() => ({ ...target, client }), serve)
})
