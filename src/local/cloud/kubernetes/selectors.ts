// Label and field selectors (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors).
import type { KubernetesObject } from './object.ts'
import { badRequest } from './status.ts'

type Test = (object: KubernetesObject) => boolean

const tokens = (text: string): string[] => text.match(/!=|==|=|!|\(|\)|,|<|>|[^\s!=(),<>]+/g) ?? []
const isWord = (token: string | undefined): token is string => token !== undefined && /^[^!=(),<>]/.test(token)
const operators = "'=', '!=', '==', 'in', notin'"

export function labelSelector(text: string): Test {
  const rest = tokens(text)
  const tests: Test[] = []
  const refuse = (found: string | undefined, expected: string): never => {
    throw badRequest(`unable to parse requirement: found '${found ?? ''}', expected: ${expected}`)
  }
  const label = (object: KubernetesObject, key: string): string | undefined => object.metadata.labels?.[key]

  const values = (): string[] => {
    if (rest.shift() !== '(') refuse(rest[0], "'('")
    const found: string[] = []
    for (let token = rest.shift(); token !== ')'; token = rest.shift()) {
      if (token === undefined) refuse('', "',', or ')'")
      else if (token !== ',') found.push(token)
    }
    return found
  }

  while (rest.length > 0) {
    const absent = rest[0] === '!' ? rest.shift() !== undefined : false
    const key = rest.shift()
    if (!isWord(key)) throw badRequest(`found '${key ?? ''}', expected: !, identifier, or 'end of string'`)
    const operator = rest[0]
    if (absent) tests.push((object) => label(object, key) === undefined)
    else if (operator === undefined || operator === ',') tests.push((object) => label(object, key) !== undefined)
    else if (operator === '=' || operator === '==' || operator === '!=') {
      rest.shift()
      const value = isWord(rest[0]) ? (rest.shift() as string) : ''
      tests.push((object) => (label(object, key) === value) === (operator !== '!='))
    } else if (operator === 'in' || operator === 'notin') {
      rest.shift()
      const wanted = values()
      tests.push((object) => {
        const value = label(object, key)
        return operator === 'in' ? value !== undefined && wanted.includes(value) : value === undefined || !wanted.includes(value)
      })
    } else refuse(operator, operators)
    const next = rest.shift()
    if (next !== undefined && next !== ',') refuse(next, "',' or 'end of string'")
  }
  return (object) => tests.every((test) => test(object))
}

/** Only metadata.name, metadata.namespace and what the kind lets one select by; the values are exact. */
export function fieldSelector(text: string, selectable: readonly string[]): Test {
  const tests = text
    .split(',')
    .filter((part) => part !== '')
    .map((part): Test => {
      const [, field, operator, value] = /^([^!=]+)(!=|==|=)(.*)$/.exec(part) ?? []
      if (field === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
      if (!['metadata.name', 'metadata.namespace', ...selectable].includes(field)) throw badRequest(`field label not supported: ${field}`)
      return (object) => {
        const found =
          field === 'metadata.name' ? object.metadata.name : field === 'metadata.namespace' ? object.metadata.namespace : object[field]
        return (String(found ?? '') === value) === (operator !== '!=')
      }
    })
  return (object) => tests.every((test) => test(object))
}
