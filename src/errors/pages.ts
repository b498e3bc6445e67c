// Lists come in pages, and a service that is unwell can go on answering pages for ever, or the same one again and again.
import { notUnderstood } from './answer.ts'

/** Enough for any list of resources that the app asks for. */
const usually = 200

export type Pages = {
  /** The token or address of the page that comes next, as this one names it. Throws where the list would not end. */
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
