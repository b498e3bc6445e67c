import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../docs/adr')

it.each(readdirSync(folder).filter((file) => /^\d/.test(file)))('%s has its number in its title, and no other has it', (file) => {
  const number = file.slice(0, 4)
  const [title = ''] = readFileSync(join(folder, file), 'utf8').split('\n')
  expect(title).toMatch(new RegExp(`^# ${Number(number)}\\. \\S`))
  expect(readdirSync(folder).filter((other) => other.startsWith(number))).toEqual([file])
})
