// What an address says once names are taken out of it: the kind of request, and the form of ids and poll addresses.

const arm = 'management.azure.com'
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** `PUT microsoft.storage/storageaccounts`: one kind is compared with the same kind. Lists and actions are kinds of their own. */
export function kindOf(method: string, path: string): string {
  const { hostname, pathname } = new URL(path, `https://${arm}`)
  const segments = split(pathname)
  if (hostname !== arm) return `${method} ${hostname.replace(/^[^.]+\./, '')}/${namesOf(segments)}`.toLowerCase().replace(/^\w+/, method)
  const at = segments.map((segment) => segment.toLowerCase()).lastIndexOf('providers')
  if (at < 0) return `${method} ${namesOf(segments).toLowerCase()}`
  const [namespace = '', ...rest] = segments.slice(at + 1)
  const isList = rest.length % 2 === 1 && method === 'GET'
  return `${method} ${[namespace, namesOf(rest)].filter((part) => part !== '').join('/')}${isList ? ' (list)' : ''}`
    .toLowerCase()
    .replace(/^\w+/, method)
}

/** Every second segment is a name. */
const namesOf = (segments: readonly string[]): string => segments.filter((_, index) => index % 2 === 0).join('/')
const split = (pathname: string): readonly string[] =>
  decodeURIComponent(pathname)
    .split('/')
    .filter((part) => part !== '')

/** An id or an address with placeholders for names; the spelling of everything else stays. */
export function formOf(address: string, requestedVersion: string): string {
  if (!/^(https:\/)?\//.test(address)) return address
  const isWhole = address.startsWith('https:')
  const { hostname, pathname, searchParams } = new URL(address, `https://${arm}`)
  const path = formOfPath(split(pathname))
  const query = [...searchParams]
    .filter(([name]) => !signature.includes(name))
    .map(([name, value]) => (/^api-version$/i.test(name) ? `${name}=${value === requestedVersion ? '{requested}' : value}` : name))
  if (signature.every((name) => searchParams.has(name))) query.push('{signed}')
  const host = isWhole ? `https://${formOfHost(hostname)}` : ''
  return `${host}${path}${query.length > 0 ? `?${query.toSorted().join('&')}` : ''}`
}

/** Inside a provider the host begins with the region, in a data plane with the name of the resource. */
const formOfHost = (hostname: string): string =>
  hostname === arm ? arm : hostname.replace(/^[a-z0-9-]+(?=\.)/, hostname.includes('.rp.') ? '{region}' : '{name}')

/** The real addresses are signed with these since 2024. */
const signature = ['t', 'c', 's', 'h']

function formOfPath(segments: readonly string[]): string {
  let offset = 0
  return segments
    .map((segment, index) => {
      if (segment.toLowerCase() === 'providers' && (index - offset) % 2 === 0) {
        // The namespace stands where a name would, and a type follows.
        offset = index
        return `/${segment}`
      }
      const place = index - offset
      const isName = offset > 0 || segments[0]?.toLowerCase() === 'providers' ? place > 1 && place % 2 === 1 : place % 2 === 1
      if (/^[0-9a-f]{32}$/.test(segment)) return '/{version}'
      return `/${isName ? placeholder(segment, segments[index - 1] ?? '') : segment}`
    })
    .join('')
}

function placeholder(segment: string, type: string): string {
  if (type.toLowerCase() === 'locations') return segment === segment.toUpperCase() ? '{REGION}' : '{region}'
  const [first = '', hash] = segment.split('*')
  if (guid.test(first)) return `{guid}${hash === undefined ? '' : /^[0-9A-F]{64}$/.test(hash) ? '*{64 hex}' : '*{…}'}`
  return type.toLowerCase().includes('operation') ? '{operation}' : '{name}'
}
