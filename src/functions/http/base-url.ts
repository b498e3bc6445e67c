// The app's base URL as the caller sees it: the URLs of operations are absolute, as ARM's are, and SDKs follow them unchanged.
import type { HttpRequest } from '@azure/functions'

const host = /^[a-z0-9]([a-z0-9.-]{0,252})(:[0-9]{1,5})?$|^\[[0-9a-f:.]{2,45}\](:[0-9]{1,5})?$/i

export function baseUrlOf(request: Pick<HttpRequest, 'headers' | 'url'>, publicUrl?: string): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '')
  const url = new URL(request.url)
  const first = (name: string): string | undefined => request.headers.get(name)?.split(',', 1)[0]?.trim()
  const named = [first('x-forwarded-host'), first('host')].find((name) => name !== undefined && host.test(name))
  const proto = first('x-forwarded-proto')?.toLowerCase()
  return `${proto === 'https' || proto === 'http' ? proto : url.protocol.slice(0, -1)}://${named ?? url.host}`
}
