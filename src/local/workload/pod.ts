// Runs a command as a pod would run it: what kubelet and the workload identity webhook do for a container, done for a child process.
// https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
//
// The surprising part: the child has only what a container would have. Nothing of this process' environment reaches it, or a credential
// of the developer could make a connection work that does not.
//
// A child's `Date` is real. Where the parent's clock is virtual, give `clock`: the child then starts at that time (`--import`), and the
// clock stands still until it ends, so signatures with a date are good on both sides.

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.ts'

export type Pod = {
  /** `envFrom` the connection's Secret: its decoded values. */
  readonly secret: Readonly<Record<string, string>>
  /**
   * The projected token, for `tokenAudience`, of the pod's ServiceAccount, whose annotations name client and tenant. `tokenProxy`: of its cluster, where
   * the pod asks for an identity binding; the token is then for that.
   */
  readonly serviceAccount?: { readonly token: string; readonly clientId: string; readonly tenantId: string; readonly tokenProxy?: string }
  readonly proxyUrl: string
  /** Where the pod's cluster sits in the network (`aks-<cluster>`); without it what `proxyUrl` says. */
  readonly location?: string
  readonly caFile: string
  /** Program and arguments; the sample workload without it. */
  readonly command?: readonly string[]
  readonly clock?: Clock
  /** Milliseconds after which it is killed. */
  readonly timeout?: number
}

/** What the webhook asks kubelet to project. */
export const tokenAudience = 'api://AzureADTokenExchange'
const countContainers: readonly string[] = [process.execPath, fileURLToPath(new URL('./count-containers.ts', import.meta.url))]

export async function runPod(pod: Pod): Promise<{ readonly exitCode: number; readonly output: string }> {
  const free = pod.clock?.busy('a pod')
  const folder = await mkdtemp(join(tmpdir(), 'pod-'))
  try {
    const [program = '', ...args] = pod.command ?? countContainers
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: folder,
      ...pod.secret,
      ...(pod.serviceAccount ? await identityOf(pod.serviceAccount, folder) : {}),
      HTTPS_PROXY: proxyOf(pod),
      NODE_EXTRA_CA_CERTS: pod.caFile,
      ...shiftOf(pod.clock),
    }
    return await run(program, args, env, pod.timeout ?? 60_000)
  } finally {
    await rm(folder, { recursive: true, force: true })
    free?.()
  }
}

async function identityOf(
  { token, clientId, tenantId, tokenProxy }: NonNullable<Pod['serviceAccount']>,
  folder: string,
): Promise<Record<string, string>> {
  const file = join(folder, 'azure-identity-token')
  await writeFile(file, token, { mode: 0o600 })
  return {
    AZURE_CLIENT_ID: clientId,
    AZURE_TENANT_ID: tenantId,
    AZURE_FEDERATED_TOKEN_FILE: file,
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    ...(tokenProxy === undefined
      ? {}
      : { AZURE_KUBERNETES_TOKEN_PROXY: tokenProxy, AZURE_KUBERNETES_SNI_NAME: new URL(tokenProxy).hostname }),
  }
}

function proxyOf({ proxyUrl, location }: Pod): string {
  const url = new URL(proxyUrl)
  if (location !== undefined) url.username = encodeURIComponent(location)
  return url.href
}

function shiftOf(clock: Clock | undefined): Record<string, string> {
  const shift = clock === undefined ? 0 : Math.round(clock.now() - (performance.timeOrigin + performance.now()))
  if (Math.abs(shift) < 1000) return {}
  return { NODE_OPTIONS: `--import=${new URL('./shift-date.ts', import.meta.url).href}`, SHIFT_DATE_MS: String(shift) }
}

function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    child.once('error', failed)
    // A process that was killed has no code; a shell would say 137.
    child.once('close', (code) => done({ exitCode: code ?? 137, output: output.trimEnd() }))
  })
}
