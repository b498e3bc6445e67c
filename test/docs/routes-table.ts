// The table of all requests in docs/http-api.md, written from the table of routes.
import type { Route } from '../../src/functions/http/route.ts'
import { routes } from '../../src/functions/http/routes.ts'

const cluster = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}'
const title = '| request | app role | |\n|---|---|---|\n'

const row = ({ method, path, role, summary }: Route): string =>
  `| \`${method} ${path.replace(cluster, '<cluster>').replaceAll(/\{(\w+)\}/g, '<$1>')}\` | ${role === 'anyone' ? 'none, and no sign-in' : `\`${role}\``} | ${summary} |`

export function withRoutes(page: string): string {
  const start = page.indexOf(title)
  if (start === -1) throw new Error('The page has no table of all requests')
  const end = page.indexOf('\n\n', start) + 1
  return `${page.slice(0, start)}${title}${routes.map(row).join('\n')}\n${page.slice(end)}`
}
