// What a request line asks for: a path and a query, never a host. A path such as `//example.org/x` or `/.//example.org/x` is a reference to another
// host when it is resolved against a base URL (https://url.spec.whatwg.org/#relative-slash-state), so nothing here resolves: the parts are set on a
// URL whose host cannot change by that.

export type RequestTarget = { readonly path: string; readonly search: string }

/** `undefined`: not a path, as in requests to a proxy (`http://example.org/x`). Dot segments are resolved, slashes stay as they are. */
export function requestTarget(line: string | undefined): RequestTarget | undefined {
  if (line === undefined || !line.startsWith('/')) return undefined
  const mark = line.indexOf('?')
  const url = new URL('http://localhost')
  url.pathname = mark < 0 ? line : line.slice(0, mark)
  url.search = mark < 0 ? '' : line.slice(mark)
  return { path: url.pathname, search: url.search }
}

/** The URL of `path` at `origin`, for callers that carry a token there. @throws TypeError where it is not a path. */
export function urlAt(origin: string, path: string): URL {
  const asked = requestTarget(path)
  if (!asked) throw new TypeError(`'${path}' does not begin with a slash`)
  const url = new URL(origin)
  url.pathname = asked.path
  url.search = asked.search
  return url
}

/** With one slash at the beginning: a lenient reader sees the same path in `//admin` as in `/admin`. */
export const singleSlash = (path: string): string => `/${path.replace(/^\/+/, '')}`

/** Whether `host` names this port of this machine. A page whose name resolves to 127.0.0.1 (DNS rebinding) carries its own name here. */
export const isThisMachine = (host: string | undefined, port: number): boolean =>
  host !== undefined && [`127.0.0.1:${port}`, `localhost:${port}`].includes(host.toLowerCase())
