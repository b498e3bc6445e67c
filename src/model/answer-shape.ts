// The fields of an answer, as the service documents them. A field of another type is no mistake of this app and proves nothing: the answer counts as
// none at all (docs/azure-behaviour.md#absence-has-few-proofs).
import * as z from 'zod'

/** `wrong` names fields of the schema and types, and nothing that stands in the answer. */
export class UnexpectedShape extends Error {
  readonly wrong: string

  constructor(wrong: string) {
    super(wrong)
    this.name = 'UnexpectedShape'
    this.wrong = wrong
  }
}

/** The fields of this shape. Throws `UnexpectedShape`. */
export function inShape<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const field = namedField(schema, issue?.path ?? [])
  const expected = issue?.code === 'invalid_type' ? `is not of type ${issue.expected}` : 'has a value that it cannot have'
  throw new UnexpectedShape(`${field === '' ? 'it' : `its field ${field}`} ${expected}`)
}

/** A path ends where names are no longer the schema's: keys of a map belong to the answer. */
function namedField(schema: unknown, path: readonly PropertyKey[]): string {
  let inside = schema
  let name = ''
  for (const part of path) {
    while (inside instanceof z.ZodNullable || inside instanceof z.ZodOptional) inside = inside.unwrap()
    if (inside instanceof z.ZodObject && typeof part === 'string') {
      name += name === '' ? part : `.${part}`
      inside = inside.shape[part]
    } else if (inside instanceof z.ZodArray) {
      name += '[]'
      inside = inside.element
    } else break
  }
  return name
}
