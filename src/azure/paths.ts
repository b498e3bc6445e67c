// ids and URLs. Ids were parsed at the boundary, and this checks again that none of them can leave its path; of the URLs that ARM returns, only those
// of its own host are followed: a provider's internal host must not get the app's token.

/** An absolute URL of `id`. */
export function urlOf(endpoint: string, id: string, query: Readonly<Record<string, string>>): string {
  if (!/^(\/[^/?#%\\\s]+)+$/.test(id) || /\/\.\.?(\/|$)/.test(id)) throw new TypeError('Not a path of a resource')
  const url = new URL(id, endpoint)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

/** Unchanged, because poll URLs are signed; `undefined` = not to be followed. */
export function ownUrl(endpoint: string, url: string | undefined): string | undefined {
  if (!url) return undefined
  const parsed = URL.parse(url, endpoint)
  if (parsed?.origin !== endpoint || parsed.username !== '' || parsed.password !== '') return undefined
  return url.startsWith('/') ? endpoint + url : url
}
