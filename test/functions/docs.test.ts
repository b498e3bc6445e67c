import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connectionNameRule } from '../../src/declare/connection-fields.ts'
import { specOf } from '../../src/declare/connection-spec.ts'
import { declarationsOf } from '../../src/declare/tags.ts'
import { linkerFields } from '../../src/linker/linker.ts'
import { parseLinkerBody } from '../../src/linker/request.ts'
import { apiVersions } from '../../src/linker/versions.ts'
import { loop } from '../../src/model/loop.ts'
import { allowSchema } from '../../src/model/policy.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { cluster, installation } from './test-services.ts'

const page = (name: string): string => readFileSync(`docs/${name}.md`, 'utf8')
const blocks = (name: string, language: string): readonly string[] =>
  [...page(name).matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text)

describe('the documentation', () => {
  it('shows tags that are understood', () => {
    const lines = blocks('tags', 'tags').flatMap((text) => text.trim().split('\n'))
    const tags = Object.fromEntries(lines.map((line) => line.split(' = ', 2)))
    const { spec, faults } = declarationsOf(tags, loop('cluster', cluster), installation, targets)
    expect(faults).toEqual([])
    expect(spec).toHaveLength(4)
  })

  it('shows a tag and a policy in README.md that are understood', () => {
    const readme = readFileSync('README.md', 'utf8')
    const [, name = '', value = ''] = /--tags '([^=]+)=([^']+)'/.exec(readme) ?? []
    const { spec, faults } = declarationsOf({ [name]: value }, loop('cluster', cluster), installation, targets)
    expect(faults).toEqual([])
    expect(spec).toHaveLength(1)
    const [, policy = ''] =
      /-d '(\{"allow":[\s\S]+?\})'\n/.exec(readme.replaceAll(`'"$SUBSCRIPTION"'`, '5f0c3f3e-0000-4000-8000-000000000001')) ?? []
    const { clusters, targets: patterns } = allowSchema.parse(JSON.parse(policy).allow)
    expect([...clusters, ...patterns].filter((pattern) => pattern.startsWith('*'))).toEqual([])
  })

  it('shows policies that are understood', () => {
    const [text = ''] = blocks('policies', 'policy')
    expect(allowSchema.parse(JSON.parse(text).allow).auth).toEqual(['workload-identity'])
  })

  it('shows bodies of linkers that are understood', () => {
    const bodies = blocks('http-api', 'linker')
    expect(bodies).toHaveLength(6)
    for (const text of bodies) {
      const read = parseLinkerBody(JSON.parse(text), targets)
      if ('issues' in read) throw new Error(JSON.stringify(read.issues))
      const input = { ...read.value, origin: 'http', name: 'data', cluster: loop('cluster', cluster) } as const
      expect(specOf(input, installation, linkerFields)).toHaveProperty('value')
    }
  })

  it('names every api-version, field, auth type and client', () => {
    for (const version of apiVersions) expect(page('http-api')).toContain(version)
    for (const field of Object.keys(allowSchema.shape)) expect(page('policies')).toContain(`\`${field}\``)
    for (const { auth, clients } of targets) for (const word of [...auth, ...clients]) expect(page('tags')).toContain(word)
    expect(connectionNameRule).toContain('at least one letter or digit')
  })
})
