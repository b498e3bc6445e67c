// THIRD-PARTY-NOTICES.txt: the licence of every package of which the bundle holds code, from what esbuild says it has read. Licences want to go where
// the code goes, so the build fails where it finds none.
import { readdir, readFile } from 'node:fs/promises'

const files = /^(licen[cs]e|unlicense|copying|notice)(\.|$)/i
const folderOf = (input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0]

/** `inputs`: files that are in the bundle, as esbuild names them. */
export async function notices(inputs, what = 'AKS Service Connector') {
  const folders = [...new Set(inputs.map(folderOf))].filter((folder) => folder !== undefined)
  const packages = await Promise.all(folders.map(read))
  const byText = Map.groupBy(packages, ({ text }) => text)
  const parts = [...byText].map(([text, those]) => ({ names: [...new Set(those.map(({ name }) => name))].sort(), text }))
  parts.sort((a, b) => (a.names[0] < b.names[0] ? -1 : 1))
  const line = '-'.repeat(80)
  return [
    `${what} contains code of these packages.\n`,
    ...parts.map(({ names, text }) => `${line}\n${names.join('\n')}\n\n${text}\n`),
  ].join('\n')
}

async function read(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  const found = (await readdir(folder)).filter((file) => files.test(file)).sort()
  const texts = await Promise.all(found.map((file) => readFile(`${folder}/${file}`, 'utf8')))
  const text = texts.length > 0 ? texts.join('\n') : ((await inReadme(folder)) ?? (await standardText(license, author)))
  if (text === undefined) throw new Error(`${name}@${version} (${license}) has no text of its licence, which the bundle must carry`)
  return { name: `${name}@${version} (${license})`, text: text.replaceAll('\r\n', '\n').trim() }
}

/** Some packages have the whole text at the end of their README. */
async function inReadme(folder) {
  const readme = await readFile(`${folder}/README.md`, 'utf8').catch(() => '')
  const [, section = ''] = /^#* *License\n(?:-+\n)?([\s\S]*)$/im.exec(readme) ?? []
  return section.includes('WITHOUT WARRANTY OF ANY KIND') ? section : undefined
}

/** Where package.json alone names the licence. */
async function standardText(license, author) {
  const holder = typeof author === 'object' ? author.name : author
  if (license !== 'MIT' || !holder) return undefined
  return (await readFile('LICENSE', 'utf8')).replace(/^Copyright .*$/m, `Copyright (c) ${holder}`)
}

/** Files of which code is left after unused code was dropped. */
export function inBundle({ outputs }) {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  )
}
