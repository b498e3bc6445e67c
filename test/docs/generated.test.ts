// Stale? `npx vitest run test/docs -u` writes what is generated.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openapi } from '../../src/functions/http/openapi.ts'
import { routes } from '../../src/functions/http/routes.ts'
import { actionRows } from '../infra/lists.ts'
import { withCommands } from './cli-tables.ts'
import { withDapr } from './dapr-table.ts'
import { boxes, picture, roomOf, widthOf } from './picture.ts'
import { withRoutes } from './routes-table.ts'
import { targetPages } from './targets-page.ts'
import { withTargets } from './targets-table.ts'
import { withVerdicts } from './verdicts-table.ts'

it('README.md lists the targets of the catalogue', async () => {
  await expect(withTargets(readFileSync('README.md', 'utf8'))).toMatchFileSnapshot('../../README.md')
})

it.each([...targetPages()])('docs/targets/%s.md says what the catalogue has', async (name, page) => {
  await expect(page).toMatchFileSnapshot(`../../docs/targets/${name}.md`)
})

it('docs/targets/ has no page of a type that is no more', () => {
  expect(readdirSync('docs/targets').sort()).toEqual([...targetPages().keys()].map((name) => `${name}.md`).sort())
})

it('docs/http-api.md lists the routes', async () => {
  await expect(withRoutes(readFileSync('docs/http-api.md', 'utf8'))).toMatchFileSnapshot('../../docs/http-api.md')
})

it('docs/openapi.json is what the app serves', async () => {
  await expect(`${JSON.stringify(openapi(routes), null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json')
})

it('docs/cli.md lists the commands and exit codes', async () => {
  await expect(withCommands(readFileSync('docs/cli.md', 'utf8'))).toMatchFileSnapshot('../../docs/cli.md')
})

it('docs/use-it-in-your-pod.md lists the Dapr components', async () => {
  await expect(withDapr(readFileSync('docs/use-it-in-your-pod.md', 'utf8'))).toMatchFileSnapshot('../../docs/use-it-in-your-pod.md')
})

it('docs/cleanup.md shows what the rule decides', async () => {
  await expect(withVerdicts(readFileSync('docs/cleanup.md', 'utf8'))).toMatchFileSnapshot('../../docs/cleanup.md')
})

it('docs/permissions.md lists the actions of infra/actions.json', async () => {
  const page = readFileSync('docs/permissions.md', 'utf8')
  const start = page.indexOf('| (always: report)')
  const end = page.indexOf('\n\n', start) + 1
  expect(start).toBeGreaterThan(0)
  await expect(`${page.slice(0, start)}${actionRows()}${page.slice(end)}`).toMatchFileSnapshot('../../docs/permissions.md')
})

it('docs/picture.svg is what picture.ts draws', async () => {
  await expect(picture()).toMatchFileSnapshot('../../docs/picture.svg')
})

it('no text of the picture is wider than its box', () => {
  const wide = boxes.flatMap((box) => box.lines.filter((line) => widthOf(line) > roomOf(box)).map(({ text }) => text))
  expect(wide).toEqual([])
})
