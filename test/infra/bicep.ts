// Reads Bicep files: their syntax tree, and the few things that a text can be asked for honestly. No compiler: types, names of properties and what ARM makes
// of them stay unchecked.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Language, type Node, Parser } from 'web-tree-sitter'

const folder = join(import.meta.dirname, '../../infra')
const grammar = join(import.meta.dirname, '../../node_modules/tree-sitter-bicep/tree-sitter-bicep.wasm')

await Parser.init()
const parser = new Parser().setLanguage(await Language.load(grammar))

export const infra = (file: string): string => readFileSync(join(folder, file), 'utf8')
export const infraFiles = (end: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .sort()

export function parse(text: string): Node {
  const tree = parser.parse(text)
  if (!tree) throw new Error('The parser has no grammar')
  return tree.rootNode
}

export const nodesOf = (root: Node, type: string): Node[] => root.descendantsOfType(type).filter((node) => node !== null)

/** Where the text is not Bicep: `line 12: what stands there`. */
export function issues(text: string): string[] {
  const all = (node: Node): Node[] => [node, ...node.children.flatMap((child) => (child ? all(child) : []))]
  return all(parse(text))
    .filter((node) => node.isError || node.isMissing)
    .map((node) => `line ${node.startPosition.row + 1}: ${node.isMissing ? `${node.type} is missing` : node.text}`)
}

/** The declaration of `var`, `param`, `resource` or `module` of this name. */
export function declared(root: Node, name: string): Node {
  const found = root.children.find((node) => node?.namedChildren.find((child) => child?.type === 'identifier')?.text === name)
  if (!found) throw new Error(`Nothing is declared as ${name}`)
  return found
}

/** Contents of the texts in a node, in order; an interpolated one as it stands. */
export const stringsIn = (node: Node): string[] =>
  nodesOf(node, 'string')
    .filter(({ text }) => text.startsWith("'")) // the type `string` has the same name in the grammar
    .map(({ text }) => text.slice(1, -1))

/** The value of an object's property, wherever in the node it is; the first counts. */
export function property(node: Node, name: string): Node {
  const found = nodesOf(node, 'object_property').find((pair) => pair.firstNamedChild?.text === name)
  const value = found?.namedChildren.at(-1)
  if (!value) throw new Error(`No property ${name}`)
  return value
}

/** Names of an object's own properties. */
export const propertyNames = (node: Node): string[] => {
  const object = node.type === 'object' ? node : nodesOf(node, 'object')[0]
  return (object?.namedChildren ?? []).flatMap((pair) => (pair?.type === 'object_property' ? [pair.firstNamedChild?.text ?? ''] : []))
}

/** Without a default a parameter is required. */
export function parametersOf(root: Node): { readonly required: readonly string[]; readonly all: readonly string[] } {
  const parameters = nodesOf(root, 'parameter_declaration')
  const name = (node: Node): string => node.firstNamedChild?.text ?? ''
  return { required: parameters.filter(({ text }) => !text.includes('=')).map(name), all: parameters.map(name) }
}
