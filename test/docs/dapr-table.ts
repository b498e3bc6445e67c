// The table of Dapr components in docs/use-it-in-your-pod.md, from the catalogue of targets.
import { targets } from '../../src/targets/catalogue.ts'

const start = '<!-- dapr: written by npx vitest run test/docs -u -->\n'
const end = '<!-- /dapr -->'

export function withDapr(page: string): string {
  const [from, to] = [page.indexOf(start) + start.length, page.indexOf(end)]
  const rows = targets.flatMap(({ type, dapr = [] }) => {
    const components = dapr.map(
      ({ componentType, required }) =>
        `\`${componentType}\`${required.length > 0 ? ` (needs ${required.map((name) => `\`${name}\``).join(', ')})` : ''}`,
    )
    return components.length > 0 ? [`| \`${type}\` | ${components.join(', ')} |\n`] : []
  })
  return `${page.slice(0, from)}| target | component types; the first is the default |\n|---|---|\n${rows.join('')}${page.slice(to)}`
}
