import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { bicepText, bicepValue, jsonText, shellText, terraformText, terraformValue } from '../../src/model/as-code.ts'
import { hostileText, hostileTexts } from './hostile-texts.ts'

/** What an escape of `form` stands for: a number in its first group, or the sign in its second. */
const read = (inside: string, form: RegExp): string =>
  inside.replaceAll(form, (_, code, one) => one ?? String.fromCharCode(Number.parseInt(code, 16)))

describe('a text in a line for people', () => {
  it('is one word of a shell, whatever is in it', () =>
    fc.assert(
      fc.property(hostileTexts, (texts) => {
        const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${texts.map(shellText).join(' ')}`], { encoding: 'utf8' })
        expect(printed.split('\0').slice(0, -1)).toEqual(texts)
      }),
      { numRuns: 2 },
    ))

  it('is one string of Bicep without an expression in it', () =>
    fc.assert(
      fc.property(hostileText, (text) => {
        const whole = /^'((?:\\u\{[0-9a-f]+\}|\\[\\'$]|(?!\$\{)[^\\'\p{Cc}])*)'$/u
        const [, inside = ''] = whole.exec(bicepText(text)) ?? expect.fail(bicepText(text))
        expect(read(inside, /\\u\{([0-9a-f]+)\}|\\(.)/g)).toBe(text)
        expect(bicepValue({ a: [text] })).toBe(`{ a: [${bicepText(text)}] }`)
      }),
    ))

  it('is one string of Terraform without a template in it', () =>
    fc.assert(
      fc.property(hostileText, (text) => {
        const whole = /^"((?:\\u[0-9a-f]{4}|\\[\\"]|(?![$%]\{)[^\\"\p{Cc}])*)"$/u
        const [, inside = ''] = whole.exec(terraformText(text)) ?? expect.fail(terraformText(text))
        expect(read(inside, /\\u([0-9a-f]{4})|\\(.)/g)).toBe(text)
        expect(terraformValue({ a: [text] })).toBe(`{ a = [${terraformText(text)}] }`)
      }),
    ))

  it('is the same in JSON and in both versions of YAML', () =>
    fc.assert(
      fc.property(hostileText, (text) => {
        const written = jsonText({ text })
        expect([JSON.parse(written), parse(written), parse(written, { version: '1.1' })]).toEqual([{ text }, { text }, { text }])
        // What go-yaml, which reads it in the cluster's clients, takes.
        expect(written).toMatch(/^[\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u)
      }),
      { numRuns: 40 },
    ))
})
