// The tools server: what a person who tries the product needs and Azure has no URL for. A token without a sign-in page, a kubeconfig that works with
// the simulated clusters, and the sample workload run as a pod of a connection. It belongs to the simulated Azure, never to the app.

import { createServer, type ServerResponse } from 'node:http'
import { stringify } from 'yaml'
import { principals, tenant } from '../cloud/entra/directory.ts'
import { clustersOf } from '../cloud/kubernetes/store.ts'
import type { Fleet } from '../fleets/fleet.ts'
import type { Local } from '../local.ts'
import { audiences } from '../person.ts'
import { isThisMachine, requestTarget } from '../request-target.ts'
import { connectedPod } from '../workload/connected-pod.ts'
import { runPod } from '../workload/pod.ts'

export type ToolsServer = { readonly url: string; close(): void }

type Room = { readonly local: Local; readonly fleet: Fleet; readonly caFile: string; readonly port: number }
type Reply = { readonly status?: number; readonly text: string }

class Mistake extends Error {}

export async function startToolsServer(room: Room): Promise<ToolsServer> {
  const url = `http://127.0.0.1:${room.port}`
  const services: Readonly<Record<string, (query: URLSearchParams) => Promise<Reply>>> = {
    '/': async () => ({ text: overview(url) }),
    '/token': async (query) => ({ text: await tokenFor(room, query) }),
    '/credential': async (query) => ({ text: JSON.stringify(await execCredential(room, query)) }),
    '/kubeconfig': async (query) => ({ text: kubeconfig(room, url, query) }),
    '/az': async (query) => ({ text: azLogin(room, query) }),
    '/workload': (query) => workload(room, query),
  }
  const server = createServer((request, response) => {
    const asked = requestTarget(request.url)
    const service = asked && Object.hasOwn(services, asked.path) ? services[asked.path] : undefined
    if (!isThisMachine(request.headers.host, room.port)) return answer(response, { status: 421, text: `Ask ${url}` })
    // A page in a browser may not read what is answered, but it could have the workload run.
    if (['cross-site', 'same-site'].includes(String(request.headers['sec-fetch-site'])))
      return answer(response, { status: 403, text: 'Pages of other sites have no business here.' })
    if (!asked || !service || request.method !== 'GET') return answer(response, { status: 404, text: overview(url) })
    service(new URLSearchParams(asked.search)).then(
      (reply) => answer(response, reply),
      (error: unknown) => answer(response, { status: error instanceof Mistake ? 400 : 500, text: (error as Error).message }),
    )
  })
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(room.port, '127.0.0.1', listening))
  return {
    url,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const answer = (response: ServerResponse, { status = 200, text }: Reply): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(`${text}\n`)
}

const overview = (url: string): string =>
  [
    `${url}/token?person=<name>              a token for the connector; &for=arm, &for=kubernetes or &for=storage: for Azure`,
    `${url}/kubeconfig?cluster=<name>&person=<name>`,
    `${url}/az?person=<name>                 the line that signs the Azure CLI in`,
    `${url}/workload?cluster=<name>&connection=<name>   runs the sample workload; &from=internet: not from the cluster's place in the network`,
  ].join('\n')

const oneOf = (what: string, given: string | null, known: readonly string[]): string => {
  if (given !== null && known.includes(given)) return given
  throw new Mistake(`${given === null ? `Say which ${what}` : `There is no ${what} '${given}'`}: ${what}=${known.join(' or ')}`)
}
const personIn = ({ fleet }: Room, query: URLSearchParams): string =>
  oneOf(
    'person',
    query.get('person'),
    fleet.people.map(({ name }) => name),
  )

async function tokenFor(room: Room, query: URLSearchParams): Promise<string> {
  const all: Readonly<Record<string, string>> = { app: room.fleet.app.audience, ...audiences }
  const audience = all[oneOf('for', query.get('for') ?? 'app', Object.keys(all))]
  return await room.local.token(personIn(room, query), audience)
}

/** People have no password here; the CLI signs them in as it does an application. */
function azLogin(room: Room, query: URLSearchParams): string {
  const name = personIn(room, query)
  const person = [...principals(room.local.cloud.world).values()].find((row) => row.name === name)
  return `az login --service-principal --username ${person?.appId} --password ${person?.secrets?.[0]} --tenant ${tenant}`
}

/** kubectl asks for it with curl, as it would ask kubelogin: tokens end after an hour, the kubeconfig does not.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
async function execCredential(room: Room, query: URLSearchParams): Promise<object> {
  const token = await room.local.token(personIn(room, query), audiences.kubernetes)
  const expirationTimestamp = new Date(Date.now() + 30 * 60_000).toISOString()
  return { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token, expirationTimestamp } }
}

const clusterIn = ({ local }: Room, query: URLSearchParams) => {
  const clusters = [...clustersOf(local.cloud.world).values()].map((one) => ({ ...one, name: one.id.split('/').at(-1) ?? '' }))
  const name = oneOf(
    'cluster',
    query.get('cluster'),
    clusters.map((one) => one.name),
  )
  const found = clusters.find((one) => one.name === name)
  if (!found) throw new Mistake(`There is no cluster '${name}'`)
  return found
}

function kubeconfig(room: Room, url: string, query: URLSearchParams): string {
  const { name, fqdn, authority } = clusterIn(room, query)
  const user = personIn(room, query)
  const args = ['-s', '--noproxy', '*', `${url}/credential?person=${encodeURIComponent(user)}`]
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: `https://${fqdn}:443`,
          'certificate-authority-data': Buffer.from(authority.pem).toString('base64'),
          'proxy-url': room.local.cloud.proxyUrl('internet'),
        },
      },
    ],
    users: [
      { name: user, user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: 'curl', args } } },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
  }).trimEnd()
}

type Linker = {
  readonly properties: {
    readonly scope: string
    readonly kubernetesResourceName: { readonly secret: string; readonly serviceAccount?: string }
  }
}

async function workload(room: Room, query: URLSearchParams): Promise<Reply> {
  const { local, fleet, caFile } = room
  const cluster = clusterIn(room, query)
  const connection = query.get('connection')
  const reader = fleet.people.find(({ appRoles }) => appRoles.length > 0)?.name ?? ''
  const { body } = await local.call(reader, 'GET', `/connections?cluster=${encodeURIComponent(cluster.id)}`)
  const linkers = (body as { readonly value: readonly (Linker & { readonly name: string })[] }).value
  const linker = linkers.find(({ name }) => name === connection)
  if (!linker)
    throw new Mistake(
      `There is no connection '${connection ?? ''}' on ${cluster.name}, but ${linkers.map(({ name }) => name).join(', ') || 'none'}`,
    )
  const { scope, kubernetesResourceName: names } = linker.properties
  const pod = await connectedPod(local.cloud, { cluster, namespace: scope, ...names }).catch((error: Error) => {
    throw new Mistake(`The pod cannot start yet. ${error.message}`)
  })
  const from = query.get('from')
  const { exitCode, output } = await runPod({ ...pod, caFile, ...(from === null ? {} : { location: from }) })
  return { status: exitCode === 0 ? 200 : 502, text: output }
}
