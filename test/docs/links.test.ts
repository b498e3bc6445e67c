// Every link of a page to another page of the repository leads there, and the manifests of the pages of targets can be applied.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'src/steps/README.md', 'src/local/cloud/README.md', 'src/local/host/README.md', 'infra/README.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).flatMap((name) => (name.endsWith('.md') ? [join('docs', name)] : [])),
]
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}0-9 _-]/gu, '')
    .replaceAll(' ', '-')
const headingsOf = (page: string): ReadonlySet<string> =>
  new Set([...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)))

it.each(pages)('%s links to what is there', (page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
  const dead = links.filter(([, path = '', anchor]) => {
    const file = path === '' ? page : join(dirname(page), path)
    return !existsSync(file) || (anchor !== undefined && file.endsWith('.md') && !headingsOf(file).has(anchor))
  })
  expect(dead.map(([link]) => link)).toEqual([])
})

describe('the manifests of the pages of targets', () => {
  const ofTargets = pages.filter((page) => page.startsWith('docs/targets/') && !page.endsWith('README.md'))

  it.each(ofTargets)('%s: a Deployment with the Secret, and with the ServiceAccount only where the webhook is asked for', (page) => {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(page, 'utf8')) ?? []
    const { kind, spec } = parse(yaml)
    const { metadata, spec: pod } = spec.template
    expect([kind, pod.containers[0].envFrom]).toEqual(['Deployment', [{ secretRef: { name: 'sc-data-secret' } }]])
    expect(metadata.labels).toMatchObject(spec.selector.matchLabels)
    expect(pod.serviceAccountName !== undefined).toBe(metadata.labels['azure.workload.identity/use'] === 'true')
  })
})
