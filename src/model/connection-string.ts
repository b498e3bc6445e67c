// Properties that an author adds to the end of a connection string (`additionalConnectionStringProperties` of Azure Service Connector), in the syntax that
// it has: `a=b;c=d` of .NET and Azure's SDKs, `host,a=b` of StackExchange.Redis, a URL with a query, or `a=b c=d` of libpq.

/** By the names that keys have before an author renames them. */
const names = /(connection_?string|connection-string|spring\.(datasource|r2dbc)\.url|mongodb\.uri)$/i
export const isConnectionString = (key: string): boolean => names.test(key)

type Properties = Readonly<Record<string, string>>

export function withProperties(text: string, properties: Properties): string {
  const pairs = Object.entries(properties)
  if (pairs.length === 0) return text
  if (isUrl(text)) {
    const query = pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
    return `${text}${!text.includes('?') ? '?' : /[?&]$/.test(text) ? '' : '&'}${query}`
  }
  const separator = separatorOf(text)
  const added = pairs.map((pair) => pair.join('=')).join(separator)
  return `${text.endsWith(separator) ? text : `${text}${separator}`}${added}${text.endsWith(';') ? ';' : ''}`
}

/** SQL Server's JDBC driver has no query: https://learn.microsoft.com/sql/connect/jdbc/building-the-connection-url */
const isUrl = (text: string): boolean => (/^[\w+:.-]+:\/\//.test(text) && !text.startsWith('jdbc:sqlserver:')) || /@tcp\(/.test(text)

/** That of the text between its first two properties. */
function separatorOf(text: string): ';' | ',' | ' ' {
  const [found = ';'] = /[;,]| (?=\w+=)/.exec(text) ?? []
  return found as ';' | ',' | ' '
}
