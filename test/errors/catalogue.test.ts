import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue, notKnown, problemOf, problemOfError, wordsOf } from '../../src/errors/catalogue.ts'
import { Failure } from '../../src/errors/failure.ts'
import { pages } from '../../src/errors/problems/row.ts'
import type { Code } from '../../src/model/code.ts'

const codes = Object.keys(catalogue) as Code[]
const sample = (code: Code): Record<string, string> => Object.fromEntries(wordsOf(code).map((word) => [word, `a-${word}`]))

describe('the catalogue', () => {
  it.each(codes)('has text, cause, remediation and link for %s, with no gap left', (code) => {
    const problem = problemOf({ code, about: sample(code) })
    expect(problem.code).toBe(code)
    for (const text of [problem.text, problem.cause, problem.remediation, ...Object.values(problem.commands ?? {})]) {
      expect(text.length).toBeGreaterThan(5)
      expect(text).not.toMatch(/\{[a-zA-Z]+\}|undefined|\[object/)
      expect(text).not.toContain(notKnown)
    }
    expect(problem.link).toMatch(/^https:\/\//)
  })

  it.each(Object.values(pages))('names a page of this repository, and links to a public one: $page', ({ page, link }) => {
    expect(existsSync(page)).toBe(true)
    expect(link).toMatch(/^https:\/\/learn\.microsoft\.com\//)
  })

  it('names in the remediation the page of the docs that says more', () => {
    expect(problemOf({ code: 'NotAllowed', about: {} }).remediation).toMatch(/ More is in docs\/policies\.md of AKS Service Connector\.$/)
  })

  it.each(codes)('still makes sentences of %s when words are missing, and no commands with holes', (code) => {
    const problem = problemOf({ code, about: {} })
    for (const text of [problem.text, problem.cause, problem.remediation]) expect(text).not.toMatch(/\{[a-zA-Z]+\}|undefined/)
    for (const command of Object.values(problem.commands ?? {})) expect(command).not.toMatch(/\{[a-zA-Z]+\}|\(not known\)/)
  })

  it('tells the member that a fault is about', () => {
    expect(problemOf({ code: 'NotOurs', about: {}, of: 'k' as never }).of).toBe('k')
    expect(problemOf({ code: 'NotOurs', about: {} })).not.toHaveProperty('of')
  })

  it('does not fill in words that came in by a word', () => {
    expect(problemOf({ code: 'InvalidTag', about: { tag: '{message}', message: 'secret', hint: 'x' } }).text).toContain('{message}')
  })

  it('gives no command with a word that a shell would take for more', () => {
    for (const namespace of ["a'; rm -rf /", 'a$(id)', 'a`id`', 'a\nid', 'a"b', 'a|b', 'a&b', 'a;b', 'a>b'])
      expect(problemOf({ code: 'NamespaceMissing', about: { namespace, cluster: 'c' } })).not.toHaveProperty('commands')
    expect(problemOf({ code: 'NamespaceMissing', about: { namespace: 'shop', cluster: 'c' } }).commands?.cli).toBe(
      'kubectl create namespace shop',
    )
  })

  it('names the policy that would allow a connection', () => {
    const about = { cluster: 's/rg/aks', target: 's/rg/st', namespace: 'shop', auth: 'secret' }
    expect(problemOf({ code: 'NotAllowed', about }).remediation).toContain(
      '{"allow":{"clusters":["s/rg/aks"],"targets":["s/rg/st"],"namespaces":["shop"],"auth":["secret"]}}',
    )
  })

  it('has ways for three tools to change a cluster, and warns of replacement', () => {
    const problem = problemOf({
      code: 'NotChangingClusters',
      about: { cluster: 'shop', features: 'the OIDC issuer', id: '/subscriptions/s/x' },
    })
    expect(Object.keys(problem.commands ?? {}).sort()).toEqual(['bicep', 'cli', 'terraform'])
    expect(problem.remediation).toContain('REPLACE')
  })

  it('advises a condition where the right to assign roles is missing', () => {
    const about = { action: 'Microsoft.Authorization/roleAssignments/write', scope: '/x', principal: 'p', doing: 'assign' }
    expect(problemOf({ code: 'RightMissing', about }).remediation).toMatch(/Role Based Access Control Administrator.*condition/s)
  })

  it('says that a custom role is needed where no built-in one is known', () => {
    const problem = problemOf({
      code: 'RightMissing',
      about: { action: 'Microsoft.Odd/things/poke/action', scope: '/x', principal: 'p', doing: 'poke' },
    })
    expect(problem.remediation).toContain('custom role')
    expect(problem).not.toHaveProperty('commands')
  })

  it('makes a problem of anything that is thrown', () => {
    expect(problemOfError(new Failure({ class: 'busy', code: 'Busy', about: { doing: 'x', message: 'm' } }), 'y').code).toBe('Busy')
    expect(problemOfError(new TypeError('odd'), 'observe')).toMatchObject({
      code: 'InternalError',
      text: expect.stringMatching(/observe \(TypeError\)/),
    })
    expect(problemOfError(new Error('odd'), 'observe').text).toContain('observe. Error: odd')
    expect(problemOfError('text', 'observe').code).toBe('Unexpected')
  })
})
