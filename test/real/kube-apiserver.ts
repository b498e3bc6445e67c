// A real etcd and kube-apiserver from the folder that KUBEBUILDER_ASSETS names (envtest's convention), started in a temporary
// folder and stopped with the tests. No controller-manager: nothing collects garbage and namespaces stay `Terminating`.
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type RealServer = {
  readonly url: string
  readonly ca: string
  readonly adminToken: string
  readonly appToken: string
  readonly operatorToken: string
}

const tokens = { adminToken: 'admintoken', appToken: 'apptoken', operatorToken: 'operatortoken' }

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('No free port'))))
    })
  })

const ready = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    // Only asks whether it is up; the tests themselves verify its certificate.
    const ask = request(
      `${url}/readyz`,
      { rejectUnauthorized: false, headers: { authorization: `Bearer ${tokens.adminToken}` } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      },
    )
    ask.on('error', () => resolve(false))
    ask.end()
  })

const stopped = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once('exit', () => done()))

export async function startKubeApiServer(assets: string): Promise<RealServer & { stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-'))
  const [clientPort, peerPort, securePort] = [await freePort(), await freePort(), await freePort()]
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(join(folder, 'sa.key'), keys.privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  await writeFile(join(folder, 'sa.pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }))
  const users = [
    `${tokens.adminToken},admin,1,"system:masters"`,
    `${tokens.appToken},app,2,"apps"`,
    `${tokens.operatorToken},operator,3,"apps"`,
  ]
  await writeFile(join(folder, 'tokens.csv'), `${users.join('\n')}\n`)

  let log = ''
  const children: ChildProcess[] = []
  const start = (program: string, flags: Record<string, string>): void => {
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
    const child = spawn(join(assets, program), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.on('data', (text: Buffer) => {
      log = (log + text.toString()).slice(-4000)
    })
    child.on('error', (error) => {
      log += `${program}: ${error.message}\n`
    })
    children.push(child)
  }
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) {
      child.kill('SIGKILL') // nothing of it is kept
      if (child.pid !== undefined) await stopped(child)
    }
    await rm(folder, { recursive: true, force: true })
  }

  const [etcd, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`]
  start('etcd', {
    'data-dir': 'etcd',
    'listen-client-urls': etcd,
    'advertise-client-urls': etcd,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'unsafe-no-fsync': 'true',
  })
  start('kube-apiserver', {
    'etcd-servers': etcd,
    'secure-port': String(securePort),
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'cert-dir': 'certs',
    'token-auth-file': 'tokens.csv',
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': 'sa.pub',
    'service-account-signing-key-file': 'sa.key',
    'api-audiences': 'api',
    'service-cluster-ip-range': '10.0.0.0/24',
    'disable-admission-plugins': 'ServiceAccount',
    'endpoint-reconciler-type': 'none',
  })
  const url = `https://127.0.0.1:${securePort}`
  const end = performance.now() + 60_000
  while (!(await ready(url))) {
    if (performance.now() > end || children.some((child) => child.exitCode !== null || child.pid === undefined)) {
      await stop()
      throw new Error(`kube-apiserver of ${assets} did not get ready. Its last words:\n${log}`)
    }
    await new Promise((later) => setTimeout(later, 200))
  }
  return { url, ca: await readFile(join(folder, 'certs', 'apiserver.crt'), 'utf8'), ...tokens, stop }
}
