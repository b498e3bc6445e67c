// What is taken from a cluster's kubeconfig: the server and its certificate authority, nothing else. A kubeconfig is hostile input: anyone who can
// change ARM's answers could name another server, or a program to run (`exec`), or turn off the verification of certificates.
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
import { X509Certificate } from 'node:crypto'
import * as z from 'zod'
import type { Loop } from '../model/loop.ts'
import type { Fault } from '../model/problem.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Secret } from '../model/secret.ts'
import { loadYaml } from './sdk.ts'

export type Server = { readonly url: string; readonly ca: string }

const longest = 256 * 1024
const name = z.string().max(300)
const schema = z.looseObject({
  'current-context': name,
  contexts: z.array(z.looseObject({ name, context: z.looseObject({ cluster: name, user: name }) })).max(20),
  clusters: z
    .array(
      z.looseObject({
        name,
        cluster: z.looseObject({ server: z.string().max(2048), 'certificate-authority-data': z.base64().max(longest) }),
      }),
    )
    .max(20),
  users: z.array(z.looseObject({ name, user: z.record(z.string(), z.unknown()) })).max(20),
})

/** The parts of a user entry that are a credential by themselves, without Entra. */
const staticCredentials = ['client-certificate-data', 'client-key-data', 'client-certificate', 'token', 'tokenFile', 'password']

/** `fqdn`: the name of the API server according to ARM; the kubeconfig must agree. */
export function serverOf(kubeconfig: Secret<string>, cluster: Loop<'cluster'>, fqdn: string | undefined): Server | Fault {
  const about = { cluster: resourceId(cluster.id).name, id: cluster.id }
  const wrong = (what: string): Fault => ({ code: 'KubeconfigNotTrusted', about: { ...about, wrong: what } })
  const read = schema.safeParse(kubeconfig.map(yaml).reveal())
  if (!read.success) return wrong('it does not have the form of a kubeconfig')
  const context = read.data.contexts.find((each) => each.name === read.data['current-context'])?.context
  const chosen = read.data.clusters.find((each) => each.name === context?.cluster)?.cluster
  const user = read.data.users.find((each) => each.name === context?.user)?.user
  if (!chosen || !user) return wrong('its current context names nothing that is in it')
  if (staticCredentials.some((field) => field in user)) return { code: 'LocalAccounts', about }

  const server = URL.canParse(chosen.server) ? new URL(chosen.server) : undefined
  if (server?.protocol !== 'https:' || server.username !== '' || server.password !== '' || server.search !== '' || server.pathname !== '/')
    return wrong('its server is not a plain https address')
  if (fqdn === undefined) return wrong('ARM does not name an API server yet')
  if (server.hostname !== fqdn.toLowerCase()) return wrong(`its server is not ${fqdn}, which ARM names`)
  const ca = Buffer.from(chosen['certificate-authority-data'], 'base64').toString()
  if (!isCertificate(ca)) return wrong('its certificate authority cannot be read')
  return { url: server.origin, ca }
}

function yaml(text: string): unknown {
  try {
    return text.length > longest ? undefined : loadYaml<unknown>(text)
  } catch {
    return undefined // the parser's message would quote the text
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    return false
  }
}
