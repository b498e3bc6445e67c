// Clusters that carry a tag of ours, of all subscriptions that the app may read. The graph runs behind ARM, by seconds as a rule and by hours at times, and
// leaves out what the caller may not read: it proposes, and absence here proves nothing (https://learn.microsoft.com/azure/governance/resource-graph/overview).

import { parseResourceId } from '../domain/resource-id.ts'
import { failureOf } from '../errors/classify.ts'
import { createPages } from '../errors/pages.ts'
import { isRecord } from '../errors/raw.ts'
import { type AzureConnection, clientOptions } from './connection.ts'
import { ResourceGraphClient } from './sdk.ts'
import { sdkShape } from './shapes.ts'

export type TaggedCluster = { readonly id: string; readonly tags: Readonly<Record<string, string>> }

// Without `order by` pages overlap, without `id` there is no next page. AKS copies tags of a cluster to what it makes for it: hence the type.
const clusters = "resources | where type =~ 'microsoft.containerservice/managedclusters' | project id, tags | order by id asc"
const prefix = 'connect-'

export type Graph = {
  taggedClusters(): AsyncIterable<TaggedCluster>
  /** Of a resource that the app may read. */
  isListed(id: string): Promise<boolean>
}

export function createGraph(azure: AzureConnection): Graph {
  const client = new ResourceGraphClient(
    azure.credential,
    clientOptions(azure, (method, { pathname }) => sdkShape(method, pathname)),
  )

  async function page(
    query: string,
    doing: string,
    skipToken?: string,
  ): Promise<{ readonly rows: readonly unknown[]; readonly next: string | undefined }> {
    const options = { resultFormat: 'objectArray' as const, top: 1000, ...(skipToken === undefined ? {} : { skipToken }) }
    const answer = await client.resources({ query, options }).catch((error: unknown) => {
      throw failureOf({ error, doing })
    })
    return { rows: Array.isArray(answer.data) ? answer.data : [], next: answer.skipToken || undefined }
  }

  return {
    async *taggedClusters() {
      let next: string | undefined
      const doing = 'look for clusters with tags'
      const pages = createPages(doing)
      do {
        const found = await page(clusters, doing, next)
        next = found.next
        pages.next(next)
        for (const row of found.rows) {
          const id = isRecord(row) ? parseResourceId(row.id)?.id : undefined
          const tags = isRecord(row) ? tagsOf(row.tags) : {}
          if (id !== undefined && Object.keys(tags).length > 0) yield { id, tags }
        }
      } while (next !== undefined)
    },
    async isListed(id) {
      const known = parseResourceId(id)?.id
      if (known === undefined || /['\\]/.test(known)) throw new TypeError('Not the id of a resource')
      const { rows } = await page(`resources | where id =~ '${known}' | project id`, `ask whether ${known} is still listed`)
      return rows.length > 0
    },
  }
}

const tagsOf = (tags: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isRecord(tags) ? tags : {}).flatMap(([name, value]) =>
      typeof value === 'string' && name.toLowerCase().startsWith(prefix) ? [[name, value]] : [],
    ),
  )
