// The three forms that a request's path takes on a real Functions host, one after the other.

/** What `PathString` of ASP.NET and YARP leave as it is: https://github.com/dotnet/yarp/blob/main/src/ReverseProxy/Forwarder/RequestUtilities.cs */
const plain = /[^!$&'()*+,\-./0-9:;=@A-Z_a-z~]/gu

/**
 * As Kestrel hands it on: decoded once, except `%2F` and what is no UTF-8, and without dot segments, however they were written. `undefined`: an encoded
 * NUL, which it refuses. https://github.com/dotnet/aspnetcore/blob/main/src/Shared/UrlDecoder/UrlDecoder.cs
 */
export function receivedPath(raw: string): string | undefined {
  const decoded = raw.replace(/(?:%(?!2f)[0-9a-f]{2})+/gi, decodedOr)
  return decoded.includes('\0') ? undefined : withoutDots(decoded)
}

/** In `request.url` of a function that gets the body with the invocation: encoded again, and an escape that is there stays one. */
export const writtenPath = (path: string): string =>
  path.split(/(%[0-9a-f]{2})/i).reduce((text, part, at) => text + (at % 2 === 1 ? part : encoded(part)), '')

/** In `request.url` of a function that streams: the proxy between host and worker encodes every percent sign, so `%2F` arrives as `%252F`. */
export const forwardedPath = (path: string): string => encoded(path)

const encoded = (text: string): string => text.replace(plain, (character) => encodeURIComponent(character.toWellFormed()))

function decodedOr(escapes: string): string {
  try {
    return decodeURIComponent(escapes)
  } catch {
    return escapes
  }
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4, by segments; empty ones count. */
function withoutDots(path: string): string {
  if (!/\/\.{1,2}(?:\/|$)/.test(path)) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [at, segment] of segments.entries()) {
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else {
      if (segment === '..') kept.pop()
      if (at === segments.length - 1) kept.push('')
    }
  }
  return `/${kept.join('/')}`
}
