import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { serverOf } from '../../src/kubernetes/kubeconfig.ts'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'
import { loop } from '../../src/model/loop.ts'
import { secret } from '../../src/model/secret.ts'

const fqdn = 'c1-dns-1234.hcp.westeurope.azmk8s.io'
const api = `https://${fqdn}:443`
const cluster = loop(
  'cluster',
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c1',
)
const { pem } = await createAuthority('test')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

type Config = { server?: string; ca?: string; user?: object; more?: object; inCluster?: object }
function kubeconfig({ server = api, ca = base64(pem), user = {}, more = {}, inCluster = {} }: Config = {}): string {
  const entry = { server, ...inCluster, 'certificate-authority-data': ca }
  const context = { cluster: 'c1', user: 'clusterUser_g_c1' }
  const exec = { command: 'kubelogin', args: ['get-token'] }
  const named = (name: string, kind: string, value: object) => [
    Object.fromEntries([
      ['name', name],
      [kind, value],
    ]),
  ]
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: named('c1', 'cluster', entry),
    contexts: named('c1', 'context', context),
    'current-context': 'c1',
    users: named('clusterUser_g_c1', 'user', { exec, ...user }),
    ...more,
  })
}
const read = (text: string, name: string | undefined = fqdn) => serverOf(secret(text), cluster, name)
const wrong = (text: string, name: string | undefined = fqdn): string | undefined => {
  const answer = read(text, name)
  return 'code' in answer ? `${answer.code} ${answer.about['wrong'] ?? ''}`.trim() : undefined
}

describe('a kubeconfig', () => {
  it('gives server and certificate authority, and nothing else', () => {
    expect(read(kubeconfig())).toEqual({ url: `https://${fqdn}`, ca: pem })
  })

  it('never gives what would switch off a check or run something', () => {
    const inCluster = { 'insecure-skip-tls-verify': true, 'tls-server-name': 'evil', 'proxy-url': 'http://evil' }
    expect(read(kubeconfig({ inCluster, user: { exec: { command: 'rm', args: ['-rf', '/'] } } }))).toEqual({
      url: `https://${fqdn}`,
      ca: pem,
    })
  })

  it.each([
    ['another server', { server: 'https://evil.example' }, `KubeconfigNotTrusted its server is not ${fqdn}, which ARM names`],
    [
      'a server that only begins alike',
      { server: `https://${fqdn}.evil.example` },
      `KubeconfigNotTrusted its server is not ${fqdn}, which ARM names`,
    ],
    [
      'a user in the address',
      { server: `https://${fqdn}:443@evil.example` },
      'KubeconfigNotTrusted its server is not a plain https address',
    ],
    ['plain http', { server: `http://${fqdn}` }, 'KubeconfigNotTrusted its server is not a plain https address'],
    ['a path', { server: `https://${fqdn}/elsewhere` }, 'KubeconfigNotTrusted its server is not a plain https address'],
    ['no address', { server: 'nonsense' }, 'KubeconfigNotTrusted its server is not a plain https address'],
    ['no authority', { ca: '' }, 'KubeconfigNotTrusted its certificate authority cannot be read'],
    [
      'a broken authority',
      { ca: base64('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----') },
      'KubeconfigNotTrusted its certificate authority cannot be read',
    ],
    ['a client certificate', { user: { 'client-certificate-data': 'x' } }, 'LocalAccounts'],
    ['a token', { user: { token: 'x' } }, 'LocalAccounts'],
    ['no such context', { more: { 'current-context': 'other' } }, 'KubeconfigNotTrusted its current context names nothing that is in it'],
    ['no users', { more: { users: 'none' } }, 'KubeconfigNotTrusted it does not have the form of a kubeconfig'],
  ])('is refused with %s', (_, config, text) => {
    expect(wrong(kubeconfig(config as Config))).toBe(text)
  })

  it('is refused where the certificate is none of an authority', async () => {
    const { cert } = await issue(await createAuthority('test'), [fqdn])
    expect(wrong(kubeconfig({ ca: base64(cert) }))).toBe('KubeconfigNotTrusted its certificate authority cannot be read')
  })

  it.each(['', 'text', '- 1', ': : :', 'a: &a [*a]', '!!js/function "x"', `a: ${'x'.repeat(300_000)}`])(
    'is refused when it is %.20s',
    (text) => {
      expect(wrong(text)).toBe('KubeconfigNotTrusted it does not have the form of a kubeconfig')
    },
  )

  it('is refused until ARM names the API server', () => {
    const answer = serverOf(secret(kubeconfig()), cluster, undefined)
    expect(answer).toMatchObject({ code: 'KubeconfigNotTrusted', about: { cluster: 'c1', wrong: 'ARM does not name an API server yet' } })
  })
})
