// Lists come in pages, and an unhealthy service can answer pages forever, or the same one again and again.
import { notUnderstood } from './answer.ts'

/** Enough for any list of resources that the app requests. */
const usually = 200

export type Pages = {
  /** The token or address of the next page, according to this one. Throws if the list would not end. */
  next(token: string | undefined): void
}

export function createPages(doing: string, most = usually): Pages {
  const observed = new Set<string>()
  return {
    next(token) {
      if (!token) return
      if (observed.has(token)) throw notUnderstood(doing, 'a page of the list names itself, or one before it, as the next')
      observed.add(token)
      if (observed.size >= most) throw notUnderstood(doing, `the list does not end after ${most} pages`)
    },
  }
}
